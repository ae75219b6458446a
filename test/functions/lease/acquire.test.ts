import { ListClustersCommand } from '@aws-sdk/client-emr';
import { beforeAll, expect, test } from '@jest/globals';
import { ledgerClient } from '../../../functions/aws/dynamodb.ts';
import { emr } from '../../../functions/aws/emr.ts';
import { stepFunctions } from '../../../functions/aws/step-functions.ts';
import { acquire } from '../../../functions/lease/acquire.ts';
import { Ledger } from '../../../functions/ledger/ledger.ts';
import { unitOf } from '../../../functions/ledger/unit.ts';
import { clusterOf, endedExecution, runningExecution, stopExecution } from '../executions.ts';
import { createLedgerTable, LEDGER_TABLE } from '../ledger-table.ts';

beforeAll(createLedgerTable);
const ledger = new Ledger(ledgerClient, LEDGER_TABLE);
const services = () => ({ ledger, stepFunctions, emr, deadline: Date.now() + 20_000 });

test('a unit that a running execution holds is DatasetBusy, and the cause names the execution', async () => {
  const unit = unitOf('held');
  const holder = await runningExecution();
  await acquire(services(), unit, holder);
  await expect(acquire(services(), unit, await runningExecution())).rejects.toMatchObject({
    code: 'DatasetBusy',
    dataset: 'held',
    found: expect.stringContaining(holder),
  });
  expect((await ledger.head(unit)).lease?.owner).toBe(holder);
});

test('a unit of an execution that was stopped is taken over with the next token', async () => {
  const unit = unitOf('stopped');
  const holder = await runningExecution();
  await acquire(services(), unit, holder);
  await stopExecution(holder);
  const next = await runningExecution();
  expect(await acquire(services(), unit, next)).toMatchObject({ token: 2, lease: { owner: next, token: 2 } });
});

test('a unit of an execution that Step Functions has forgotten is taken over', async () => {
  const unit = unitOf('forgotten');
  const forgotten = (await endedExecution()).replace(/[^:]+$/, 'forgotten-long-ago');
  await ledger.takeLease(unit, forgotten);
  expect((await acquire(services(), unit, await runningExecution())).token).toBe(2);
});

test('of six executions that take over at once one has the unit, and the others are told DatasetBusy', async () => {
  const unit = unitOf('contended');
  await ledger.takeLease(unit, await endedExecution());
  const runs = await Promise.all(Array.from({ length: 6 }, runningExecution));
  const answers = await Promise.allSettled(runs.map((run) => acquire(services(), unit, run)));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []))).toEqual(Array(5).fill('DatasetBusy'));
});

test("the clusters of the execution before are ended before its unit is taken over, and nobody else's are", async () => {
  const unit = unitOf('with-cluster');
  const ended = await endedExecution();
  await clusterOf(ended);
  const others = await clusterOf(await runningExecution());
  await ledger.takeLease(unit, ended);
  await acquire(services(), unit, await runningExecution());
  expect(await runningClusters()).toEqual([others]);
});

test('while a cluster of the execution before still ends, its unit is not taken: PreviousRunStopping, to be tried again', async () => {
  const unit = unitOf('stopping');
  const ended = await endedExecution();
  await clusterOf(ended);
  await ledger.takeLease(unit, ended);
  const late = { ...services(), deadline: 0 };
  await expect(acquire(late, unit, await runningExecution())).rejects.toMatchObject({ code: 'PreviousRunStopping', retry: 'backoff' });
  expect((await ledger.head(unit)).lease?.owner).toBe(ended);
});

async function runningClusters() {
  const { Clusters } = await emr.send(
    new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] }),
  );
  return Clusters?.map(({ Id }) => Id);
}
