/** Whether an open batch may be gone on with, or given up, by a run that was asked for something. */
import type { BatchPlan } from '../batch/batch-plan.ts';
import { BatchInSilver, BatchOpen, RestoreOpen } from '../errors.ts';
import { asksFor, Restore, type WhatToRestore, wantedVersion } from './restore-plan.ts';

export interface Asked {
  mode: BatchPlan['mode'];
  restore?: WhatToRestore | undefined;
}

/** A run that reads sources goes on with whatever is open. @throws BatchOpen when the open batch is not the one that was asked for. */
export async function checkOpenBatch(lake: string, plan: BatchPlan, { mode, restore }: Asked): Promise<void> {
  const { dataset, seq } = plan;
  if (mode !== 'release' && mode !== 'restore') return;
  if (mode === plan.mode && (!restore || (await asksFor(lake, restore, plan)))) return;
  throw new BatchOpen({
    dataset,
    expected: `no open batch before ${mode === 'release' ? 'rows are taken back' : 'the table is restored'}`,
    found: `batch ${seq} open, of mode ${plan.mode}`,
    remedy: `npx etl run --dataset ${dataset} --wait, then the same again`,
  });
}

/**
 * A restore that is given up would leave its table without the batches that it has not replayed; only another restore of the table may
 * follow it. @throws RestoreOpen
 */
export function checkAbandoned({ dataset, seq, bounds }: BatchPlan, { restore }: Asked): void {
  const { layer } = Restore.parse(bounds.upper);
  if (restore?.layer === layer) return;
  const table = `${layer}.${dataset}`;
  throw new RestoreOpen({
    dataset,
    expected: 'to give up a batch that has changed no table half',
    found: `batch ${seq} open, a restore of ${table}`,
    remedy: `mend what stops it and run npx etl run --dataset ${dataset} --wait; or restore it to another version: npx etl restore --table ${table} --to <version> --abandon`,
  });
}

/**
 * Rows of a batch that is given up after Silver took it would stay there without a receipt, and come once more with the next batch.
 * A restore of Silver to a version before takes them away again. @throws BatchInSilver
 */
export async function checkNotInSilver(lake: string, dataset: string, seq: number, version: number, { restore }: Asked): Promise<void> {
  if (restore?.layer === 'silver' && (await wantedVersion(`${lake}/silver/${dataset}`, restore)) < version) return;
  throw new BatchInSilver({
    dataset,
    expected: 'to give up a batch that Silver does not have',
    found: `batch ${seq} in version ${version} of Silver`,
    remedy:
      `npx etl run --dataset ${dataset} --wait commits it; where it cannot be, take Silver back to a version before:` +
      ` npx etl restore --table silver.${dataset} --to <version> --abandon`,
  });
}
