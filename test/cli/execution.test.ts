import { beforeAll, expect, test } from '@jest/globals';
import { follow, type StateEnded, startRun } from '../../cli/execution.ts';
import { createMachine } from '../functions/executions.ts';
import { stage } from './account-stage.ts';

/** Passes, waits, goes over a list, and ends as it is told. */
const DEFINITION = {
  QueryLanguage: 'JSONata',
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Next: 'Pause' },
    Pause: { Type: 'Wait', Seconds: 0, Next: 'Each' },
    Each: {
      Type: 'Map',
      Items: [1, 2],
      ItemProcessor: { StartAt: 'One', States: { One: { Type: 'Wait', Seconds: 0, End: true } } },
      Next: 'Ends',
    },
    Ends: {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.context.Execution.Input.mode = 'full' %}", Next: 'Fails' }],
      Default: 'Well',
    },
    Well: { Type: 'Succeed' },
    Fails: { Type: 'Fail', Error: 'FailedInPart', Cause: 'the cause' },
  },
};
beforeAll(() => createMachine('etl-pipeline', DEFINITION));

async function followed(input: object): Promise<{ names: string[]; ended: Awaited<ReturnType<typeof follow>> }> {
  const states: StateEnded[] = [];
  const ended = await follow(await startRun(stage, input), {
    onState: (state) => states.push(state),
    interval: 50,
    silence: 60_000,
    onSilence: () => {},
  });
  expect(states.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  return { names: states.map(({ name }) => name), ended };
}

test('a run is followed to its end; each state that does work is told once, in its order, and others are not', async () => {
  const { names, ended } = await followed({ datasets: ['users'] });
  expect(names.filter((name) => name !== 'One')).toEqual(['Pause', 'Each']);
  expect(ended).toMatchObject({ status: 'SUCCEEDED', input: '{"datasets":["users"]}' });
});

test('a run that fails is followed to its end too, with its error and cause', async () => {
  const { names, ended } = await followed({ mode: 'full' });
  expect(names.filter((name) => name !== 'One')).toEqual(['Pause', 'Each']);
  expect(ended).toMatchObject({ status: 'FAILED', error: 'FailedInPart', cause: 'the cause' });
});

test('while a state goes on, what it is and for how long is told again and again', async () => {
  const machine = { StartAt: 'Cluster', States: { Cluster: { Type: 'Wait', Seconds: 1, End: true } } };
  const pipeline = { name: 'slow', arn: await createMachine('slow', machine) };
  const slow = { ...stage, names: { ...stage.names, machines: { ...stage.names.machines, pipeline } } };
  const told: [string[], number][] = [];
  const watcher = {
    onState: () => {},
    interval: 50,
    silence: 100,
    onSilence: (states: string[], milliseconds: number) => void told.push([states, milliseconds]),
  };
  await follow(await startRun(slow, {}), watcher);
  expect(told.length).toBeGreaterThan(1);
  expect(told.every(([states]) => states.join() === 'Cluster')).toBe(true);
  expect(told.at(-1)?.[1]).toBeGreaterThan(told[0]?.[1] ?? 0);
});
