/**
 * A Delta table as its log alone tells it: the actions of all its commits, one after another, as Delta's protocol has them.
 * It shares nothing with Spark, nor with the `deltalake` package.
 */
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';

export interface DeltaTable {
  minReaderVersion: number;
  /** Their values stand beside the files and not in them. */
  partitionColumns: string[];
  /** Keys of the Parquet files whose rows are the table's. */
  files: string[];
  /** The newest batch that each application id has written. */
  batches: Map<string, number>;
}

/** One of them a line; what a reader would have to follow beside them is refused. */
const Action = z.strictObject({
  add: z.object({ path: z.string(), deletionVector: z.undefined().optional() }).optional(),
  remove: z.object({ path: z.string() }).optional(),
  txn: z.object({ appId: z.string(), version: z.int() }).optional(),
  protocol: z.object({ minReaderVersion: z.int() }).optional(),
  metaData: z.object({ partitionColumns: z.array(z.string()) }).optional(),
  commitInfo: z.unknown().optional(),
  cdc: z.unknown().optional(),
});

const s3 = () => new S3Client({ forcePathStyle: true });

/** `table`: its key in the bucket. Empty when there is none. */
export async function readDeltaLog(Bucket: string, table: string): Promise<DeltaTable> {
  const client = s3();
  const files = new Set<string>();
  const batches = new Map<string, number>();
  let minReaderVersion = 0;
  let partitionColumns: string[] = [];
  for (const Key of await commitsOf(Bucket, table)) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    for (const line of ((await Body?.transformToString()) ?? '').trim().split('\n')) {
      const { add, remove, txn, protocol, metaData } = Action.parse(JSON.parse(line));
      if (add) files.add(`${table}/${decodeURIComponent(add.path)}`);
      if (remove) files.delete(`${table}/${decodeURIComponent(remove.path)}`);
      if (txn) batches.set(txn.appId, txn.version);
      if (metaData) partitionColumns = metaData.partitionColumns;
      if (protocol) minReaderVersion = protocol.minReaderVersion;
    }
  }
  return { minReaderVersion, partitionColumns, files: [...files], batches };
}

/** From the first one on, oldest first: none is ever cleaned away in a test. */
export async function commitsOf(Bucket: string, table: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3() }, { Bucket, Prefix: `${table}/_delta_log/` }))
    keys.push(...Contents.flatMap(({ Key = '' }) => (/\/\d{20}\.json$/.test(Key) ? [Key] : [])));
  return keys.sort();
}
