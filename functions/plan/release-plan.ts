/** The plan of a batch that takes rows back from quarantine: nothing is read and nothing lands; Bronze finds the rows (spark-jobs/medallion/taken_back.py). */
import type { BatchMode, BatchPlan } from '../batch/batch-plan.ts';
import { BatchOpen } from '../errors.ts';
import type { Head } from '../ledger/unit.ts';
import type { SourcePlan } from '../sources/source.ts';

/** Undefined when no batch was ever committed: nothing can be set aside then. The watermark stays where it is. */
export function releasePlan({ seq, watermark }: Head, rule: string | undefined): SourcePlan | undefined {
  if (watermark === undefined) return undefined;
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower: null, upper: { batch: seq, rule: rule ?? null } },
    watermark: JSON.parse(watermark),
    columns: [],
    chunks: [],
  };
}

/** @throws BatchOpen when the batch that is open is not the release that was asked for. */
export function checkOpenBatch({ dataset, seq, mode }: BatchPlan, asked: BatchMode): void {
  if (asked !== 'release' || mode === 'release') return;
  throw new BatchOpen({
    dataset,
    expected: 'no open batch before rows are taken back',
    found: `batch ${seq} open, of mode ${mode}`,
    remedy: `npx etl run --dataset ${dataset} --wait, then release again`,
  });
}
