/** Stops an execution at a place, as a person in the console does, and waits until what it held is free. */
import { EMRClient, ListClustersCommand } from '@aws-sdk/client-emr';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { expect } from '@jest/globals';
import { type RunInput, startRun } from '../../cli/execution.ts';
import { GOLD, unitOf } from '../../functions/ledger/unit.ts';
import { until } from '../until.ts';
import { withThrottled } from './held-back.ts';
import { describe, reached, statesInside } from './histories.ts';
import type { Lake } from './lake.ts';

export interface Place {
  state: string;
  /** The function that the state calls is throttled once the run has reached another state before it: the run stands still there. */
  throttled?: { folder: string; from: string };
}

/** Starts a run and stops it inside `state`. */
export async function stoppedAt({ stage }: Lake, input: RunInput, { state, throttled }: Place): Promise<void> {
  const executionArn = await startRun(stage, input);
  const stopThere = async () => {
    await reached(executionArn, state);
    await stop(executionArn, state);
  };
  if (throttled) {
    await reached(executionArn, throttled.from);
    await withThrottled(throttled.folder, stopThere);
  } else await stopThere();
}

/** It was running until then, and inside `state`. */
export async function stop(executionArn: string, state: string): Promise<void> {
  await new SFNClient({}).send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: `by a test in ${state}` }));
  const { status } = await describe(executionArn);
  expect({ status, inside: await statesInside(executionArn) }).toEqual({ status: 'ABORTED', inside: expect.arrayContaining([state]) });
}

/** No cluster runs and no lease is held. */
export async function untilFree({ ledger }: Lake, datasets: readonly string[]): Promise<void> {
  const isFree = async () => {
    const leases = await Promise.all([...datasets.map(unitOf), GOLD].map(async (unit) => (await ledger.head(unit)).lease));
    return leases.every((lease) => lease === undefined) && (await runningClusters()).length === 0;
  };
  await until('clusters to end and leases to be free', isFree, 120);
}

async function runningClusters(): Promise<string[]> {
  const { Clusters = [] } = await new EMRClient({}).send(
    new ListClustersCommand({ ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] }),
  );
  return Clusters.flatMap(({ Id }) => Id ?? []);
}
