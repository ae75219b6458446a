/** Stops an execution at a state, as a person in the console does, and waits until what it held is free. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EMRClient, ListClustersCommand } from '@aws-sdk/client-emr';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type RunInput, startRun } from '../../cli/execution.ts';
import type { Stage } from '../../cli/stage.ts';
import { Ledger } from '../../functions/ledger/ledger.ts';
import { GOLD, unitOf } from '../../functions/ledger/unit.ts';
import { statesEntered } from './histories.ts';
import { until } from './until.ts';

/** Starts a run and stops it as soon as it has entered `state`. */
export async function stoppedAt(stage: Stage, input: RunInput, state: string): Promise<void> {
  const executionArn = await startRun(stage, input);
  await until(`the run to enter ${state}`, async () => (await statesEntered(executionArn)).includes(state));
  await new SFNClient({}).send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: `by a test in ${state}` }));
}

/** No cluster runs and no lease is held. */
export async function untilFree({ names }: Stage, datasets: readonly string[]): Promise<void> {
  const ledger = new Ledger(DynamoDBDocumentClient.from(new DynamoDBClient({})), names.tables.ledger);
  await until('clusters to end and leases to be free', async () => {
    const leases = await Promise.all([...datasets.map(unitOf), GOLD].map(async (unit) => (await ledger.head(unit)).lease));
    return leases.every((lease) => lease === undefined) && (await runningClusters()).length === 0;
  });
}

async function runningClusters(): Promise<string[]> {
  const { Clusters = [] } = await new EMRClient({}).send(
    new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] }),
  );
  return Clusters.flatMap(({ Id }) => Id ?? []);
}
