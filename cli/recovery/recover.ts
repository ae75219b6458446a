/** Goes through what the bucket of backups has, table by table, and brings back what the lake has lost. */
import { BACKED_UP } from '../../config/backups.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { CommandFailed } from '../command-failed.ts';
import { ledgerOf } from '../ledger-of.ts';
import type { Stage } from '../stage.ts';
import { type BackedUpObject, backedUpObjects } from './backed-up-objects.ts';
import { type BackedUpTable, backedUpTable } from './backed-up-table.ts';
import { forgetLogEntries } from './forget-log-entries.ts';
import { planRecovery, type Recovery, recoverObjects, recoverTable, type State } from './recover-table.ts';

export interface WhatToRecover {
  /** As `silver.users`; undefined: all. */
  tables: readonly string[] | undefined;
  asOf: Date;
  dryRun: boolean;
}

export interface Recovered {
  table: string;
  /** `unreadable`: no version of it has all its files in the backups. */
  state: State | 'unreadable';
  version?: number;
  newestVersion?: number;
  batch?: number | undefined;
  /** The last committed one, by the ledger: those after `batch` are to be taken once more. */
  ledgerBatch?: number | undefined;
  objects: number;
  bytes: number;
}

const RUN_LOG = 'run-log/' satisfies (typeof BACKED_UP)[number];

/** @throws CommandFailed when the backups have nothing of what was asked for. */
export async function recover(stage: Stage, what: WhatToRecover, onProgress: (line: string) => void): Promise<Recovered[]> {
  const { lake, backups } = stage.names.buckets;
  const recovered: Recovered[] = [];
  for (const [path, objects] of await objectsByTable(backups, what)) {
    const table = path.replace('/', '.');
    const found = await backedUpTable(backups, path, objects);
    if (found) {
      const recovery = await planRecovery({ lake, backups }, found);
      if (!what.dryRun && recovery.state !== 'there') await bringBack(stage, table, found, recovery, onProgress);
      recovered.push(await told(stage, table, found, recovery));
    } else recovered.push({ table, state: 'unreadable', objects: objects.length, bytes: bytesOf(objects) });
  }
  if (!what.dryRun && !what.tables)
    await recoverObjects({ lake, backups }, RUN_LOG, [...(await backedUpObjects(backups, RUN_LOG, what.asOf)).values()]);
  return recovered;
}

async function objectsByTable(bucket: string, { tables, asOf }: WhatToRecover): Promise<Map<string, BackedUpObject[]>> {
  const prefixes = tables ? tables.map((table) => `${table.replace('.', '/')}/`) : BACKED_UP.filter((prefix) => prefix !== RUN_LOG);
  const found = new Map<string, BackedUpObject[]>();
  for (const prefix of prefixes) {
    const objects = await backedUpObjects(bucket, prefix, asOf);
    if (tables && objects.size === 0) throw nothingOf(prefix, bucket, asOf);
    for (const object of objects.values()) {
      const path = object.key.split('/', 2).join('/');
      const others = found.get(path);
      if (others) others.push(object);
      else found.set(path, [object]);
    }
  }
  if (found.size === 0) throw nothingOf(prefixes.join(', '), bucket, asOf);
  return found;
}

const nothingOf = (what: string, bucket: string, asOf: Date) =>
  new CommandFailed({
    expected: `objects under ${what} in ${bucket} as of ${asOf.toISOString()}`,
    found: 'none',
    remedy: 'choose another time with --as-of, from before the loss; npx etl recover --dry-run shows what there is',
  });

/** Bytes between two lines of progress. */
const SAID_EACH = 10e9;

async function bringBack(
  { names }: Stage,
  table: string,
  { path }: BackedUpTable,
  recovery: Recovery,
  onProgress: (line: string) => void,
): Promise<void> {
  const { lake, backups } = names.buckets;
  const objects = [...recovery.files, ...recovery.log];
  const all = megabytes(bytesOf(objects));
  onProgress(`${table}: ${objects.length} objects, ${all} MB`);
  let [copied, next] = [0, SAID_EACH];
  await forgetLogEntries(names.tables.deltaLog, `s3://${lake}/${path}`);
  await recoverTable({ lake, backups }, recovery, (bytes) => {
    copied += bytes;
    if (copied < next) return;
    next += SAID_EACH;
    onProgress(`${table}: ${megabytes(copied)} of ${all} MB`);
  });
}

async function told(
  stage: Stage,
  table: string,
  { path, version, newestVersion, batch }: BackedUpTable,
  { state, files, log }: Recovery,
): Promise<Recovered> {
  const [layer, dataset = ''] = path.split('/');
  // Quarantine has commits only of batches that set something aside, and goes with Silver.
  const ledgerBatch = layer === 'quarantine' ? undefined : (await ledgerOf(stage).head(unitOf(dataset))).receipt?.seq;
  const copied = state === 'there' ? [] : [...files, ...log];
  return { table, state, version, newestVersion, batch, ledgerBatch, objects: copied.length, bytes: bytesOf(copied) };
}

const bytesOf = (objects: readonly BackedUpObject[]) => objects.reduce((sum, { bytes }) => sum + bytes, 0);

export const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
