/** The metrics of a committed batch: records by outcome, freshness and quality, each by dataset. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Contract } from '../contract/contract.ts';
import { metrics } from '../middleware.ts';
import type { Outcomes } from '../run/run-plan.ts';

/** `secondsBehind`: from the bound of the batch to its commit. */
export function recordBatch({ dataset, source }: Contract, outcomes: Outcomes, secondsBehind: number): void {
  for (const [outcome, count] of Object.entries(outcomes)) {
    const records = metrics.singleMetric();
    records.addDimension('Dataset', dataset);
    records.addDimension('Source', source);
    records.addDimension('Outcome', outcome);
    records.addMetric('Records', MetricUnit.Count, count);
  }
  const byDataset = metrics.singleMetric();
  byDataset.addDimension('Dataset', dataset);
  byDataset.addMetric('SecondsToCommit', MetricUnit.Seconds, secondsBehind);
  const quality = metrics.singleMetric();
  quality.addDimension('Dataset', dataset);
  quality.addMetric(
    'QualityPercent',
    MetricUnit.Percent,
    outcomes.read === 0 ? 100 : (100 * (outcomes.read - outcomes.quarantined)) / outcomes.read,
  );
}
