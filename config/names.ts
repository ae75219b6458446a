/** Every name that two parts of the pipeline must agree on, decided from a stage's settings. */
import type { Settings } from './settings.ts';
import { byKind, LANDING_BUCKETS, type LandingBucket } from './sources.ts';

export type { SourceKind } from './sources.ts';
export type Names = ReturnType<typeof namesFor>;

const LAYERS = ['bronze', 'silver', 'gold', 'quarantine'] as const;

export function namesFor({ prefix, account, region }: Pick<Settings, 'prefix' | 'account' | 'region'>) {
  const bucket = (what: string) => `${prefix}-${what}-${account}-${region}`;
  const machine = (name: string) => ({ name, arn: `arn:aws:states:${region}:${account}:stateMachine:${name}` });
  const landing = Object.fromEntries(LANDING_BUCKETS.map((name) => [name, bucket(`${name}-data`)])) as Record<LandingBucket, string>;
  return {
    buckets: {
      ...landing,
      lake: bucket('data-lake'),
      backups: bucket('backups'),
      logs: bucket('logs'),
      artifacts: bucket('artifacts'),
      receipts: bucket('receipts'),
    },
    tables: { ledger: 'etl-ledger', deltaLog: 'etl-delta-log' },
    secrets: byKind((kind) => `etl/${kind}`),
    /** The secret with the key of keyed hashes. */
    pseudonyms: 'etl/pseudonyms',
    machines: {
      pipeline: machine('etl-pipeline'),
      rerun: machine('rerun'),
      maintain: machine('maintain-lake'),
      verify: machine('verify-receipts'),
    },
    deadLetters: { name: 'etl-dead-letters', arn: `arn:aws:sqs:${region}:${account}:etl-dead-letters` },
    topic: { name: 'etl-alerts', arn: `arn:aws:sns:${region}:${account}:etl-alerts` },
    keyAlias: 'alias/etl',
    securityConfiguration: 'etl-encrypted',
    roles: {
      starter: 'etl-starter',
      emrService: 'etl-emr-service',
      emrInstances: 'etl-emr-instances',
      sparkStep: 'etl-spark-step',
      lakeReplication: 'etl-lake-replication',
      snowflakeUnload: 'etl-snowflake-unload',
    },
    glueDatabases: [...LAYERS],
    workgroup: 'etl',
    dashboard: 'etl-pipeline',
    scheduleGroup: 'etl',
    /** The rule by which an alarm starts a rerun. */
    rerunRule: 'etl-rerun-by-alarm',
  };
}

export const ALARMS = {
  runFailed: 'etl-run-failed',
  runTimedOut: 'etl-run-timed-out',
  stale: (dataset: string) => `etl-stale-${dataset}`,
  heldBack: (dataset: string) => `etl-held-back-${dataset}`,
  slot: (dataset: string) => `etl-slot-${dataset}`,
  watermarkHeld: (dataset: string) => `etl-watermark-held-${dataset}`,
  rerunExhausted: 'etl-rerun-exhausted',
  maintenanceFailed: 'etl-maintenance-failed',
  deadLetters: 'etl-dead-letters',
  /** Those of these prefixes start the machine `rerun`; the others are a person's. */
  mendedByRerun: ['etl-run-', 'etl-stale-'],
} as const;

/** `etl-complete-landing` for the folder `complete-landing`. */
export function functionName(folder: string): string {
  return `etl-${folder}`;
}

/** In the artifacts bucket: the certificate by which the nodes of a cluster encrypt between each other. */
export const EMR_CERTIFICATES = 'emr/certificates.zip';

/** In the bucket of logs: what Spark writes of its applications. */
export const EVENT_LOGS = 'spark-events/';

/** The role of a state machine: `etl-pipeline-machine`. */
export function machineRole(machine: string): string {
  return `${machine}-machine`;
}

/** What the CDK's own stack is called, so that this app never shares another's bucket. */
export const BOOTSTRAP = { qualifier: 'etl', toolkitStack: 'etl-toolkit' } as const;
