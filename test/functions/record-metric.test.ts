import { afterEach, expect, jest, test } from '@jest/globals';

// Metrics are lines on standard output, which other tests switch off.
process.env.POWERTOOLS_METRICS_DISABLED = 'false';
process.env.POWERTOOLS_DEV = 'true';
const lines: Record<string, unknown>[] = [];
jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
const { METRICS } = await import('../../config/metrics.ts');
const { recordBatch } = await import('../../functions/commit/batch-metrics.ts');
const { recordMetric } = await import('../../functions/record-metric.ts');

afterEach(() => {
  lines.length = 0;
});

test('a metric is published at once, under the namespace, with its unit and its own dimensions alone', () => {
  recordMetric(METRICS.ingestionSeconds, { Source: 'kafka' }, 1.5);
  expect(lines).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          { Namespace: 'EtlPipeline', Dimensions: [['Source']], Metrics: [{ Name: 'IngestionSeconds', Unit: 'Seconds' }] },
        ],
      },
      Source: 'kafka',
      IngestionSeconds: 1.5,
    },
  ]);
});

test('a batch counts each outcome, its seconds, and its quality in each dimension that could be measured', () => {
  const outcomes = { read: 8, inserted: 5, updated: 1, unchanged: 0, superseded: 0, deleted: 0, quarantined: 2 };
  const quality = { completeness: 75, accuracy: 100, consistency: 87.5, timeliness: null, uniqueness: 100 };
  recordBatch('users', { outcomes, quality }, 12.5);
  expect(lines.map(({ _aws, ...values }) => values)).toEqual([
    ...Object.entries({ read: 8, inserted: 5, updated: 1, unchanged: 0, superseded: 0, deleted: 0, quarantined: 2 }).map(
      ([Outcome, Records]) => ({
        Dataset: 'users',
        Outcome,
        Records,
      }),
    ),
    { Dataset: 'users', SecondsToCommit: 12.5 },
    { Dataset: 'users', Dimension: 'completeness', QualityPercent: 75 },
    { Dataset: 'users', Dimension: 'accuracy', QualityPercent: 100 },
    { Dataset: 'users', Dimension: 'consistency', QualityPercent: 87.5 },
    { Dataset: 'users', Dimension: 'uniqueness', QualityPercent: 100 },
  ]);
});
