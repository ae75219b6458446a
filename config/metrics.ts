/** Every metric the pipeline publishes: its name, unit, dimensions and what it says. Alarms and the dashboard are made from this list. */

export const METRICS_NAMESPACE = 'EtlPipeline';

export const METRICS = {
  pipelineSeconds: { name: 'PipelineSeconds', unit: 'Seconds', dimensions: [], says: 'from the start of a run to its commit' },
  ingestionSeconds: {
    name: 'IngestionSeconds',
    unit: 'Seconds',
    dimensions: ['Source'],
    says: 'from the first chunk read to the last manifest of a source',
  },
  records: { name: 'Records', unit: 'Count', dimensions: ['Dataset', 'Outcome'], says: 'raw rows of a batch by their outcome' },
  freshness: {
    name: 'FreshnessSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'age of the newest source time that is committed',
  },
  rulesBroken: { name: 'RulesBroken', unit: 'Count', dimensions: ['Dataset'], says: 'rows that broke a rule of the contract' },
  errors: { name: 'Errors', unit: 'Count', dimensions: ['Dataset'], says: 'datasets that failed in a run' },
  watermarkHeld: {
    name: 'WatermarkHeldSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'how far an open transaction holds the upper bound back',
  },
} as const satisfies Record<string, Metric>;

export interface Metric {
  name: string;
  unit: 'Seconds' | 'Count';
  dimensions: readonly string[];
  says: string;
}
