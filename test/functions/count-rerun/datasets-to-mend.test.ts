import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from '@jest/globals';
import { stepFunctions } from '../../../functions/aws/step-functions.ts';
import { datasetsToMend } from '../../../functions/count-rerun/datasets-to-mend.ts';
import { unitOf } from '../../../functions/ledger/unit.ts';
import { contract } from '../contracts.ts';
import { createMachine, endedExecution, executionEnded, runningExecution } from '../executions.ts';
import { ledger, makeServices, servicesFor } from '../services.ts';

makeServices();

/** A pipeline whose executions fail with the cause that they are given. */
const FAILS = {
  QueryLanguage: 'JSONata',
  StartAt: 'Fail',
  States: { Fail: { Type: 'Fail', Error: 'FailedInPart', Cause: '{% $states.input.cause %}' } },
};
const failingMachine = (name: string) => createMachine(name, FAILS);

async function fail(stateMachineArn: string, cause: string): Promise<void> {
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ cause }) }));
  await executionEnded(executionArn ?? '');
}
const failed = (...datasets: string[]) =>
  JSON.stringify({ failed: datasets.map((dataset) => ({ dataset, error: 'SourceUnreachable', cause: 'down' })) });

/** The source was read to its end then. */
async function seen(dataset: string, at: Date): Promise<void> {
  const unit = unitOf(dataset);
  const { token } = (await ledger.takeLease(unit, 'loader')) ?? { token: 0 };
  await ledger.release(unit, token, at.toISOString());
}
const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const toMend = (machine: string, datasets: string[]) =>
  datasetsToMend(
    ledger,
    stepFunctions,
    machine,
    servicesFor(datasets.map((dataset) => contract({ dataset, columns: { id: 'text' } }))).contracts,
    new Date(),
  );

test('a dataset is to be mended when it was never loaded, or is older than its contract allows', async () => {
  const machine = await failingMachine('ages');
  await seen('old', hoursAgo(2.1));
  await seen('young', hoursAgo(1.9));
  expect(await toMend(machine, ['never', 'old', 'young'])).toEqual([
    { dataset: 'never', running: false },
    { dataset: 'old', running: false },
  ]);
});

test('a dataset that failed is to be mended until it was read again after the failure', async () => {
  const machine = await failingMachine('failures');
  await seen('broken', hoursAgo(1));
  await seen('sound', hoursAgo(1));
  await seen('mended', hoursAgo(1));
  await fail(machine, failed('broken', 'mended'));
  await seen('mended', new Date(Date.now() + 1000));
  expect(await toMend(machine, ['broken', 'sound', 'mended'])).toEqual([{ dataset: 'broken', running: false }]);
});

test('an execution that ended with a cause of another kind names no dataset', async () => {
  const machine = await failingMachine('causes');
  await seen('unnamed', hoursAgo(1));
  await fail(machine, 'the state machine broke');
  await fail(machine, '{"another":"shape"}');
  expect(await toMend(machine, ['unnamed'])).toEqual([]);
});

test('an open batch is to be mended; whether a run works on it is told', async () => {
  const machine = await failingMachine('open');
  for (const [dataset, owner] of [
    ['at_work', await runningExecution()],
    ['abandoned', await endedExecution()],
  ] as const) {
    await seen(dataset, hoursAgo(1));
    const { token } = (await ledger.takeLease(unitOf(dataset), owner)) ?? { token: 0 };
    await ledger.recordOpen(unitOf(dataset), { seq: 1, token, plan: 'plan', mode: 'incremental', execution: owner, at: 'now' });
  }
  expect(await toMend(machine, ['at_work', 'abandoned'])).toEqual([
    { dataset: 'at_work', running: true },
    { dataset: 'abandoned', running: false },
  ]);
});
