/** Takes a unit's lease for a run, and takes it over from a run that has ended: Step Functions is asked, no clock decides. */
import type { EMRClient } from '@aws-sdk/client-emr';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { awaitEnd } from '../clusters/end-clusters.ts';
import { DatasetBusy, PreviousRunStopping } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Head, nameOf, type Unit } from '../ledger/unit.ts';
import { isRunning } from './is-running.ts';

export interface AcquireServices {
  ledger: Ledger;
  stepFunctions: SFNClient;
  emr: EMRClient;
  /** Milliseconds since the epoch until which the clusters of an ended run are waited for. */
  deadline: number;
}

/** @throws DatasetBusy when a run that goes on has it; PreviousRunStopping when the clusters of an ended one still run. */
export async function acquire(
  { ledger, stepFunctions, emr, deadline }: AcquireServices,
  unit: Unit,
  owner: string,
): Promise<Head & { token: number }> {
  const dataset = nameOf(unit);
  const taken = await ledger.takeLease(unit, owner);
  if (taken) return taken;
  const { lease } = await ledger.head(unit);
  if (!lease) return acquire({ ledger, stepFunctions, emr, deadline }, unit, owner);
  if (await isRunning(stepFunctions, lease.owner)) throw busy(dataset, lease.owner);
  if (!(await awaitEnd(emr, lease.owner, deadline))) {
    throw new PreviousRunStopping({
      dataset,
      expected: 'the cluster of the run before to be gone',
      found: `clusters of ${lease.owner} that still run`,
      remedy: 'nothing: it is tried again; if it stays so, terminate the cluster in the EMR console',
    });
  }
  const over = await ledger.takeLease(unit, owner, lease);
  if (over) return over;
  throw busy(dataset, (await ledger.head(unit)).lease?.owner ?? 'a run that began at the same moment');
}

function busy(dataset: string, owner: string): DatasetBusy {
  return new DatasetBusy({
    dataset,
    expected: 'no other run to have it',
    found: `it is held by ${owner}, which goes on`,
    remedy: 'wait for that run to end; this run leaves the dataset out',
  });
}
