/** Every metric the pipeline publishes: its name, unit, dimensions and what it says. Functions publish by this list; alarms and the dashboard are made from it. */

export const METRICS_NAMESPACE = 'EtlPipeline';

/** The name under which logs and traces are found. */
export const SERVICE = 'etl';

export const METRICS = {
  pipelineSeconds: { name: 'PipelineSeconds', unit: 'Seconds', dimensions: [], says: 'from the start of a run to its publication' },
  ingestionSeconds: { name: 'IngestionSeconds', unit: 'Seconds', dimensions: ['Source'], says: 'reading and landing one chunk' },
  records: { name: 'Records', unit: 'Count', dimensions: ['Dataset', 'Outcome'], says: 'raw rows of a batch by their outcome' },
  secondsToCommit: { name: 'SecondsToCommit', unit: 'Seconds', dimensions: ['Dataset'], says: "from a batch's plan to its commit" },
  quality: {
    name: 'QualityPercent',
    unit: 'Percent',
    dimensions: ['Dataset', 'Dimension'],
    says: 'rows of a batch that lower no rule of the dimension',
  },
  freshness: {
    name: 'FreshnessSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'since the source was last read to its end, whether it had something new or not',
  },
  stableOffsetHeldSeconds: {
    name: 'StableOffsetHeldSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'since the oldest open transaction of a topic began, which holds back all that came after it; 0 where none is open',
  },
  watermarkHeld: {
    name: 'WatermarkHeldSeconds',
    unit: 'Seconds',
    dimensions: ['Dataset'],
    says: 'by which the oldest transaction that has not ended holds a cursor of PostgreSQL back; whose it is stands in the log of plan',
  },
  smallFiles: {
    name: 'SmallFiles',
    unit: 'Count',
    dimensions: ['Table'],
    says: 'files of a table that another one could be packed with, after its maintenance',
  },
  tableBytes: { name: 'TableBytes', unit: 'Bytes', dimensions: ['Table'], says: 'the size of the newest version of a table' },
  slotBytes: {
    name: 'SlotBytes',
    unit: 'Bytes',
    dimensions: ['Dataset'],
    says: "of PostgreSQL's log that the server keeps for a dataset's slot",
  },
  errors: { name: 'Errors', unit: 'Count', dimensions: ['Dataset'], says: 'failures of a dataset in a run' },
} as const satisfies Record<string, Metric>;

export interface Metric {
  name: string;
  unit: 'Seconds' | 'Count' | 'Percent' | 'Bytes';
  dimensions: readonly string[];
  says: string;
}
