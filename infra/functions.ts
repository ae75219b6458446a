/** Every function of the pipeline: its size, whether it reaches sources, which secrets and what else it may touch. A folder of `functions/` with a handler, and a row here, is a function. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CONFIRMING_KINDS, LANDING_BUCKETS, SOURCE_KINDS, type SourceKind } from '../config/sources.ts';
import type { Rights } from './rights.ts';

export interface FunctionSpec {
  says: string;
  memory: number;
  minutes: number;
  /** Ephemeral storage in MiB; 512 is what Lambda gives without asking. */
  disk?: number;
  /** Its sources, and so: in the network, and allowed these secrets and no others. */
  sources?: readonly SourceKind[];
  /** Writes Parquet, so carries DuckDB's library. */
  duckdb?: boolean;
  /** Started by an event and waited for by nobody: what fails for good is kept as a dead letter. */
  asynchronous?: boolean;
  rights: (may: Rights) => PolicyStatement[];
}

const landed = (may: Rights) => LANDING_BUCKETS.flatMap((bucket) => may.read(bucket, ''));
const lands = (may: Rights) => LANDING_BUCKETS.flatMap((bucket) => may.write(bucket, ''));

export const FUNCTIONS = {
  plan: {
    says: 'Which datasets have something new; opens their batches',
    memory: 1024,
    minutes: 5,
    sources: SOURCE_KINDS,
    rights: (may) => [
      ...may.artifacts(),
      ...lands(may),
      ...may.write('lake', 'runs/'),
      // Which version of a table a restore goes back to.
      ...may.read('lake', 'bronze/*/_delta_log/', 'silver/*/_delta_log/'),
      ...may.ledgerWrite(),
      ...may.seeExecutions(),
      ...may.endClusters(),
    ],
  },
  extract: {
    says: 'Reads one chunk of a source into landing',
    memory: 2048, // Above 1,769 MB there is more than one core, and DuckDB uses them.
    minutes: 15,
    disk: 4096, // One chunk as it was sent and as Parquet, and DuckDB's spill of it; the contract's chunkRows keeps a chunk that small.
    sources: SOURCE_KINDS,
    duckdb: true,
    rights: (may) => [...may.artifacts(), ...lands(may)],
  },
  'complete-landing': {
    says: 'Writes the manifest of a batch, last',
    memory: 512,
    minutes: 5,
    rights: (may) => [...lands(may), ...may.read('lake', 'runs/')],
  },
  validate: {
    says: 'Holds manifest, objects, schema and volume against contract and history',
    memory: 512,
    minutes: 5,
    rights: (may) => [
      ...may.artifacts(),
      ...landed(may),
      // Whether Silver has the batch already.
      ...may.read('lake', 'silver/*/_delta_log/'),
    ],
  },
  'route-results': {
    says: "Reads a layer's results and says what goes on",
    memory: 512,
    minutes: 2,
    rights: (may) => [...may.write('lake', 'runs/')],
  },
  'plan-gold': {
    says: 'Takes the lease of Gold and pins the Silver versions it reads',
    memory: 512,
    minutes: 5,
    rights: (may) => [
      ...may.artifacts(),
      ...may.write('lake', 'runs/', 'gold-plans/'),
      ...may.ledgerWrite(),
      ...may.seeExecutions(),
      ...may.endClusters(),
    ],
  },
  commit: {
    says: 'Writes the receipt, then moves the watermark, then tells the source',
    memory: 512,
    minutes: 5,
    sources: CONFIRMING_KINDS,
    rights: (may) => [
      ...may.artifacts(),
      ...landed(may),
      ...may.read('lake', 'runs/', 'gold-plans/'),
      ...may.write('receipts', ''),
      ...may.ledgerWrite(),
    ],
  },
  'plan-maintenance': {
    says: 'Takes the leases of what is maintained and names its tables',
    memory: 512,
    minutes: 5,
    rights: (may) => [
      ...may.artifacts(),
      ...may.write('lake', 'runs/'),
      ...may.ledgerWrite(),
      ...may.seeExecutions(),
      ...may.endClusters(),
    ],
  },
  'record-maintenance': {
    says: 'Moves what Gold reads on to the maintained versions, frees what was held, reports the files',
    memory: 512,
    minutes: 2,
    rights: (may) => [...may.read('lake', 'runs/'), ...may.ledgerWrite()],
  },
  publish: {
    says: 'Keeps the Glue tables, reports the run',
    memory: 512,
    minutes: 5,
    rights: (may) => [
      ...may.artifacts(),
      ...may.read('lake', 'runs/'),
      ...may.write('lake', 'run-log/'),
      ...may.glueTables(),
      ...may.alert(),
    ],
  },
  'clean-up': {
    says: 'After a run that failed, timed out or was stopped: ends its clusters and frees what it held',
    memory: 512,
    minutes: 15,
    asynchronous: true,
    rights: (may) => [
      ...may.artifacts(),
      ...may.read('lake', 'runs/'),
      ...may.write('lake', 'run-log/'),
      ...may.ledgerWrite(),
      ...may.endClusters(),
    ],
  },
  freshness: {
    says: 'Measures how old each dataset is, on its own schedule',
    memory: 256,
    minutes: 1,
    asynchronous: true,
    rights: (may) => [...may.artifacts(), ...may.ledgerRead()],
  },
  'count-rerun': {
    says: 'What failed or is stale, and whether it may be tried once more',
    memory: 256,
    minutes: 1,
    rights: (may) => [...may.artifacts(), ...may.ledgerWrite(), ...may.findExecutions()],
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionFolder = keyof typeof FUNCTIONS;
