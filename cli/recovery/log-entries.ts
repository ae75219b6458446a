/** A Delta log as the backups have it: which files each version adds and takes away, from a checkpoint or from the first version on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import * as z from 'zod';
import { s3 } from '../../functions/aws/s3.ts';
import { batchOf } from '../../functions/delta/table-versions.ts';
import { parsedJson } from '../../functions/parsed-json.ts';
import type { BackedUpObject } from './backed-up-objects.ts';
import { deletionVectorFile } from './deletion-vector-file.ts';

/** `adds`: by data file, the files that its rows need: itself, and its deletion vector's if it has one. */
export interface LogEntry {
  version: number;
  adds: ReadonlyMap<string, readonly string[]>;
  removes: readonly string[];
  /** The batch that the commit took; undefined of maintenance, and of a checkpoint. */
  batch?: number | undefined;
}

const DeletionVector = z.object({ storageType: z.string(), pathOrInlineDv: z.string() });
const Add = z.object({ path: z.string(), deletionVector: DeletionVector.nullish() });
const Action = z.object({
  add: Add.optional(),
  remove: z.object({ path: z.string() }).optional(),
  commitInfo: z.object({ userMetadata: z.string().optional() }).optional(),
});

/** The version of an object of a log, by its key; undefined of other objects. */
export const versionOfKey = (key: string) => {
  const [, version] = /\/_delta_log\/(\d{20})\.[^/]+$/.exec(key) ?? [];
  return version === undefined ? undefined : Number(version);
};

export async function readEntry(bucket: string, object: BackedUpObject): Promise<LogEntry> {
  const lines = (await body(bucket, object)).toString('utf8').split('\n').filter(Boolean);
  const actions = lines.map((line) => Action.parse(parsedJson(line)));
  return {
    version: versionOfKey(object.key) ?? -1,
    adds: new Map(actions.flatMap(({ add }) => (add ? [needs(add)] : []))),
    removes: actions.flatMap(({ remove }) => (remove ? [decodeURIComponent(remove.path)] : [])),
    batch: batchOf(actions.find(({ commitInfo }) => commitInfo)?.commitInfo?.userMetadata),
  };
}

/** A checkpoint, of one or several parts, as an entry that adds every file of its version. */
export async function readCheckpoint(bucket: string, parts: readonly BackedUpObject[]): Promise<LogEntry> {
  const folder = await mkdtemp(join(tmpdir(), 'etl-checkpoint-'));
  try {
    const files = await Promise.all(
      parts.map(async (part, index) => {
        const file = join(folder, `${index}.parquet`);
        await writeFile(file, await body(bucket, part));
        return `'${file}'`;
      }),
    );
    const connection = await (await DuckDBInstance.create()).connect();
    const read = await connection.runAndReadAll(
      `SELECT CAST(to_json("add") AS VARCHAR) FROM read_parquet([${files.join(', ')}], union_by_name = true) WHERE "add".path IS NOT NULL`,
    );
    const adds = read.getRowsJS().map(([add]) => needs(Add.parse(parsedJson(String(add)))));
    return { version: versionOfKey(parts[0]?.key ?? '') ?? -1, adds: new Map(adds), removes: [] };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function needs({ path, deletionVector }: z.infer<typeof Add>): [string, string[]] {
  const file = decodeURIComponent(path);
  const vector = deletionVector ? deletionVectorFile(deletionVector) : undefined;
  return [file, vector === undefined ? [file] : [file, vector]];
}

async function body(Bucket: string, { key: Key, versionId: VersionId }: BackedUpObject): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
