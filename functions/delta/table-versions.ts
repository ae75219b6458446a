/** The versions of a Delta table, as far as its log still says: when each was committed, by what, and which batch it took. */
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { s3 } from '../aws/s3.ts';
import { addressOf, readText } from '../objects.ts';
import { parsedJson } from '../parsed-json.ts';

export interface TableVersion {
  version: number;
  committedAt: Date;
  operation: string;
  /** The batch that the commit took, or up to which it took the table back; undefined of maintenance, and of commits that are not the pipeline's. */
  batch: number | undefined;
}

/** The numbers of the versions, from the oldest that the log still tells of. */
export async function versionsOf(table: string): Promise<number[]> {
  const { Bucket, Key: Prefix } = addressOf(`${table}/_delta_log/`);
  const versions: number[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key = '' } of Contents) {
      const [, version] = /\/(\d{20})\.json$/.exec(Key) ?? [];
      if (version) versions.push(Number(version));
    }
  return versions.sort((one, other) => one - other);
}

const CommitInfo = z.object({
  commitInfo: z.object({ timestamp: z.number(), operation: z.string(), userMetadata: z.string().optional() }),
});
const Metadata = z.object({ batch: z.number().int().optional() }).catch({});

/** What a commit of the pipeline says of itself. */
export const batchOf = (userMetadata: string | undefined) => Metadata.parse(parsedJson(userMetadata ?? '{}')).batch;

/** Undefined when the log tells of no such version. */
export async function versionIn(table: string, version: number): Promise<TableVersion | undefined> {
  const text = await readText(`${table}/_delta_log/${String(version).padStart(20, '0')}.json`);
  const line = text?.split('\n').find((entry) => entry.includes('"commitInfo"'));
  if (line === undefined) return undefined;
  const { timestamp, operation, userMetadata } = CommitInfo.parse(parsedJson(line)).commitInfo;
  return { version, committedAt: new Date(timestamp), operation, batch: batchOf(userMetadata) };
}

/** The last version up to this one that took a batch, or took the table back to one: maintenance since has changed no row. Undefined when the log tells of none. */
export async function lastBatchUpTo(table: string, newest: number): Promise<{ version: number; batch: number } | undefined> {
  for (let version = newest; version >= 0; version -= 1) {
    const found = await versionIn(table, version);
    if (!found) return undefined;
    if (found.batch !== undefined) return { version, batch: found.batch };
  }
  return undefined;
}

/** The version that stood at the time: the last one committed up to it. Undefined when that is before the log, or its future. */
export async function versionAt(table: string, versions: readonly number[], time: Date): Promise<number | undefined> {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await versionIn(table, versions[middle] as number);
    if (found && found.committedAt <= time) low = middle + 1;
    else high = middle;
  }
  return versions[low - 1];
}
