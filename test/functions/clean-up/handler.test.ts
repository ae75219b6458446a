import { ListClustersCommand } from '@aws-sdk/client-emr';
import { beforeAll, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { emr } from '../../../functions/aws/emr.ts';
import { handler } from '../../../functions/clean-up/handler.ts';
import { GOLD, unitOf } from '../../../functions/ledger/unit.ts';
import { contract } from '../contracts.ts';
import { deployed } from '../deployed.ts';
import { clusterOf, endedExecution, runningExecution } from '../executions.ts';
import { ledger, makeServices } from '../services.ts';

makeServices();
beforeAll(() => deployed(['users', 'orders', 'stock'].map((dataset) => contract({ dataset, columns: { id: 'text' } }))));

const context = {
  awsRequestId: 'id',
  functionName: 'etl-clean-up',
  memoryLimitInMB: '512',
  getRemainingTimeInMillis: () => 900_000,
} as Context;
const cleanUp = (executionArn: string) => handler({ detail: { executionArn, status: 'ABORTED' } }, context);
const leaseOf = async (dataset: string) => (await ledger.head(unitOf(dataset))).lease;

test('after an execution that was stopped its clusters are gone and its leases free, Gold with them; those of others stay', async () => {
  const [stopped, other] = [await endedExecution(), await runningExecution()];
  await clusterOf(stopped);
  const kept = await clusterOf(other);
  for (const [unit, owner] of [
    [unitOf('users'), stopped],
    [GOLD, stopped],
    [unitOf('orders'), other],
  ] as const)
    await ledger.takeLease(unit, owner);

  const { released } = await cleanUp(stopped);

  expect(released.sort()).toEqual(['DATASET#users', 'GOLD']);
  expect([await leaseOf('users'), (await ledger.head(GOLD)).lease]).toEqual([undefined, undefined]);
  expect(await leaseOf('orders')).toEqual({ owner: other, token: 1 });
  const { Clusters } = await emr.send(
    new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] }),
  );
  expect(Clusters?.map(({ Id }) => Id)).toEqual([kept]);
});

test('cleaning up a second time finds nothing to do', async () => {
  const stopped = await endedExecution();
  await ledger.takeLease(unitOf('stock'), stopped);
  expect((await cleanUp(stopped)).released).toEqual(['DATASET#stock']);
  expect((await cleanUp(stopped)).released).toEqual([]);
});

test('an event that names no execution is refused', async () => {
  await expect(handler({ detail: {} }, context)).rejects.toMatchObject({ name: 'InputInvalid' });
});
