/** What holds for every state machine: valid Amazon States Language, every state explained, errors retried by name only. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import jsonata from 'jsonata';
import * as errors from '../../functions/errors.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type State = { [key: string]: Json };

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'statemachines');
const machines = readdirSync(folder).filter((file) => file.endsWith('.asl.json'));
const definition = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as State;

function statesIn(node: Json): [name: string, state: State][] {
  if (typeof node !== 'object' || node === null) return [];
  const here = !Array.isArray(node) && node.States ? (Object.entries(node.States as State) as [string, State][]) : [];
  return [...here, ...Object.values(node).flatMap(statesIn)];
}

describe.each(machines)('%s', (file) => {
  const states = statesIn(definition(file));

  test('is valid Amazon States Language', () => {
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/asl-validator'), ['--json-path', join(folder, file)], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('is valid');
    expect(status).toBe(0);
  });

  test('says of itself and of every state what it is for', () => {
    expect(definition(file).Comment).toEqual(expect.stringContaining('Input: '));
    expect(states.filter(([, { Comment }]) => typeof Comment !== 'string' || Comment.length < 10).map(([name]) => name)).toEqual([]);
  });

  test('ends by itself, however long its tasks take', () => {
    expect(definition(file).TimeoutSeconds).toEqual(expect.any(Number));
  });

  test('retries by names, and leaves all errors to Catch', () => {
    expect(retriedIn(states).filter((name) => name === 'States.ALL')).toEqual([]);
  });
});

const retriedIn = (states: [string, State][]) =>
  states.flatMap(([, { Retry = [] }]) => (Retry as { ErrorEquals: string[] }[]).flatMap(({ ErrorEquals }) => ErrorEquals));

test('what is retried of the pipeline itself is exactly what can help, by functions/errors.ts', () => {
  const all = machines.flatMap((file) => retriedIn(statesIn(definition(file))));
  const ours = [...new Set(all)].filter((name) => !/^(Lambda|Sandbox|Runtime|States|ElasticMapReduce)\./.test(name));
  const withBackoff = Object.values(errors).flatMap((each) => ('retry' in each && each.retry === 'backoff' ? [each.code] : []));
  expect(withBackoff.length).toBeGreaterThan(3);
  expect(ours.sort()).toEqual(withBackoff.sort());
});

describe('while the cluster starts', () => {
  const [, parallel] = statesIn(definition('etl-pipeline.asl.json')).find(([name]) => name === 'ExtractWhileTheClusterStarts') ?? [];
  const branches = (parallel?.Branches ?? []) as { States: State }[];

  test('no branch may fail: every task, Map and Parallel in it catches everything, or is caught by what holds it', () => {
    expect(branches).toHaveLength(2);
    const uncaught = branches.flatMap(({ States }) =>
      Object.entries(States as { [name: string]: State })
        .filter(([, { Type }]) => ['Task', 'Map', 'Parallel'].includes(String(Type)))
        .filter(
          ([, { Catch = [] }]) => !(Catch as { ErrorEquals: string[] }[]).some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL')),
        )
        .map(([name]) => name),
    );
    expect(uncaught).toEqual([]);
    expect(statesIn(branches as unknown as Json).filter(([, { Type }]) => Type === 'Fail')).toEqual([]);
  });

  test('a chunk that fails for good is written down and stops no other', () => {
    const states = new Map(statesIn(branches as unknown as Json));
    expect(states.get('Extract')?.Catch).toEqual([expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'WriteDownFailure' })]);
    expect(states.get('EachChunk')?.ToleratedFailurePercentage).toBe(100);
  });
});

test('in a verification every failure of a task leads to the end of the cluster', () => {
  const { States } = definition('verify-receipts.asl.json') as { States: { [name: string]: State } };
  for (const name of ['StartCluster', 'Measure'])
    expect([name, States[name]?.Catch]).toEqual([name, [expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'CleanUp' })]]);
});

test('in a maintenance every failure of a task leads to the end of the cluster and of the leases', () => {
  const { States } = definition('maintain-lake.asl.json') as { States: { [name: string]: State } };
  for (const name of ['StartCluster', 'Plan', 'Maintain', 'Record'])
    expect([name, States[name]?.Catch]).toEqual([name, [expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'CleanUp' })]]);
});

test('after the plan, every failure of a task still leads to the end of the cluster', () => {
  const { States } = definition('etl-pipeline.asl.json') as { States: { [name: string]: State } };
  const after = [
    'ExtractWhileTheClusterStarts',
    'RouteLanding',
    'Bronze',
    'RouteBronze',
    'Silver',
    'RouteSilver',
    'EachCommit',
    'PlanGold',
    'Gold',
    'CommitGold',
  ];
  for (const name of after) {
    expect([name, States[name]?.Catch]).toEqual([name, [expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'CleanUp' })]]);
  }
});

test.each([[[]], [['users']], [['users', 'orders']]])(
  'the batches that Silver has are handed on as a list, of however many: %j',
  async (ok) => {
    const datasets = ['orders', 'users', 'events'].map((dataset) => ({ dataset, seq: 3 }));
    const { Output } = stateOf('RouteSilver');
    const answer = await evaluated((Output as State).loaded, { datasets, states: { result: { Payload: { ok } } } });
    expect(answer).toEqual(datasets.filter(({ dataset }) => (ok as string[]).includes(dataset)));
  },
);

test.each([[[]], [['failed']], [['ok']], [['ok', 'failed', 'ok']]])(
  'what was committed is a list, of however many: %j',
  async (statuses) => {
    const result = statuses.map((status, seq) => ({ status, seq }));
    const { Assign } = stateOf('EachCommit');
    expect(await evaluated((Assign as State).committed, { states: { result } })).toEqual(result.filter(({ status }) => status === 'ok'));
  },
);

function stateOf(name: string): State {
  const { States } = definition('etl-pipeline.asl.json') as { States: { [name: string]: State } };
  return States[name] ?? {};
}

/** As Step Functions evaluates it, which ends a run by States.QueryEvaluationError when there is no value. */
async function evaluated(expression: Json | undefined, variables: Record<string, unknown>): Promise<unknown> {
  const [, query] = /^\{% (.*) %\}$/.exec(String(expression)) ?? [];
  const value = await jsonata(query ?? '').evaluate({}, variables);
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
