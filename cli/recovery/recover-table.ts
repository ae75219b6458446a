/** Puts a table from the backups back into the lake: files first, then the log in its order, so that no reader ever finds a table half. */
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../functions/aws/s3.ts';
import { sizesBelow } from '../objects-below.ts';
import type { BackedUpObject } from './backed-up-objects.ts';
import type { BackedUpTable } from './backed-up-table.ts';
import { versionOfKey } from './log-entries.ts';

export interface Buckets {
  backups: string;
  lake: string;
}

/** `lost`: nothing of its log is in the lake; `half`: an earlier try was interrupted; `there`: not touched, whatever it has. */
export type State = 'lost' | 'half' | 'there';

export interface Recovery {
  state: State;
  /** Still to be copied, in this order: files, then log. */
  files: BackedUpObject[];
  log: BackedUpObject[];
}

/** Requests at a time: copies are S3's own work, and cost this machine nothing but waiting. */
const AT_ONCE = 16;

export async function planRecovery({ lake }: Buckets, { path, files, log }: BackedUpTable): Promise<Recovery> {
  const present = await sizesBelow(lake, `${path}/`);
  const lacks = ({ key, bytes }: BackedUpObject) => present.get(key) !== bytes;
  const inLake = [...present.keys()].filter((key) => versionOfKey(key) !== undefined);
  const ours = new Set(log.filter((object) => !lacks(object)).map(({ key }) => key));
  const state = inLake.length === 0 ? 'lost' : inLake.length < log.length && inLake.every((key) => ours.has(key)) ? 'half' : 'there';
  return { state, files: files.filter(lacks), log: log.filter(lacks) };
}

/** Done again after an interruption it goes on where it was. `onCopied` is told the bytes of each object. */
export async function recoverTable(buckets: Buckets, { files, log }: Recovery, onCopied: (bytes: number) => void): Promise<void> {
  await copyAll(buckets, files, onCopied);
  for (const object of log) await copy(buckets, object, onCopied);
}

/** Objects that are no table's: those that the lake lacks. */
export async function recoverObjects(buckets: Buckets, prefix: string, objects: readonly BackedUpObject[]): Promise<number> {
  const present = await sizesBelow(buckets.lake, prefix);
  const lacking = objects.filter(({ key }) => !present.has(key));
  await copyAll(buckets, lacking, () => undefined);
  return lacking.length;
}

async function copyAll(buckets: Buckets, objects: readonly BackedUpObject[], onCopied: (bytes: number) => void): Promise<void> {
  const left = [...objects];
  const worker = async () => {
    for (let object = left.pop(); object; object = left.pop()) await copy(buckets, object, onCopied);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** By S3 itself, of up to 5 GB: the files of the lake are kept near 128 MiB. */
async function copy(
  { backups, lake }: Buckets,
  { key, versionId, bytes }: BackedUpObject,
  onCopied: (bytes: number) => void,
): Promise<void> {
  const source = `${backups}/${key.split('/').map(encodeURIComponent).join('/')}?versionId=${encodeURIComponent(versionId)}`;
  await s3.send(new CopyObjectCommand({ Bucket: lake, Key: key, CopySource: source }));
  onCopied(bytes);
}
