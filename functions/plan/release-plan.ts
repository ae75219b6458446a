/** The plan of a batch that takes rows back from quarantine: nothing is read and nothing lands; Bronze finds the rows (spark-jobs/medallion/taken_back.py). */
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
