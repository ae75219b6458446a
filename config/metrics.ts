/** Every metric the pipeline publishes: its name, unit, dimensions and what it says. Functions publish by this list; alarms and the dashboard are made from it. */

export const METRICS_NAMESPACE = 'EtlPipeline';

/** The value of the dimension `service`, which every metric carries beside its own. */
export const METRICS_SERVICE = 'etl';

export const METRICS = {
  pipelineSeconds: { name: 'PipelineSeconds', unit: 'Seconds', dimensions: [], says: 'from the start of a run to its publication' },
  ingestionSeconds: { name: 'IngestionSeconds', unit: 'Seconds', dimensions: ['Source'], says: 'reading and landing one chunk' },
  records: { name: 'Records', unit: 'Count', dimensions: ['Dataset', 'Outcome'], says: 'raw rows of a batch by their outcome' },
  secondsToCommit: { name: 'SecondsToCommit', unit: 'Seconds', dimensions: ['Dataset'], says: "from a batch's plan to its commit" },
  quality: { name: 'QualityPercent', unit: 'Percent', dimensions: ['Dataset'], says: 'rows of a batch that no rule set aside' },
  freshness: {
    name: 'FreshnessSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'age of what is committed, by the time of the source',
  },
  errors: { name: 'Errors', unit: 'Count', dimensions: ['Dataset'], says: 'failures of a dataset in a run' },
} as const satisfies Record<string, Metric>;

export interface Metric {
  name: string;
  unit: 'Seconds' | 'Count' | 'Percent';
  dimensions: readonly string[];
  says: string;
}
