/** Lands what a source has written by itself: each file is read once for its rows and hash, and the record of them makes them the chunk's. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import { s3 } from '../aws/s3.ts';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { StoredFile } from '../batch/chunk-stream.ts';
import { recordChunk } from '../batch/stored-chunk.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import { StreamTruncated } from '../errors.ts';
import { addressOf } from '../objects.ts';
import { measure } from './measure.ts';
import { saveBytes } from './save-bytes.ts';
import { withDuckdb } from './with-duckdb.ts';

export interface RecordRequest {
  dataset: string;
  landing: string;
  chunk: string;
  columns: readonly LandedColumn[];
  files: readonly StoredFile[];
  signal: AbortSignal;
}

/** One file at a time lies in /tmp. @throws StreamTruncated when a file has other rows than its source says; DiskFull; MemoryFull. */
export function recordFiles({ dataset, landing, chunk, columns, files, signal }: RecordRequest): Promise<StoredObject[]> {
  return withDuckdb(dataset, async (connection, folder) => {
    const objects: StoredObject[] = [];
    for (const file of files) objects.push(await measured(connection, dataset, columns, file, join(folder, 'file.parquet'), signal));
    return recordChunk(landing, chunk, objects);
  });
}

async function measured(
  connection: DuckDBConnection,
  dataset: string,
  columns: readonly LandedColumn[],
  file: StoredFile,
  path: string,
  signal: AbortSignal,
): Promise<StoredObject> {
  const { key, etag, bytes } = await download(file.url, path, signal);
  const { rows, hash } = await measure(connection, columns, path);
  if (rows === file.rows) return { key, etag, bytes, rows, hash };
  throw new StreamTruncated({
    dataset,
    expected: `the ${file.rows} rows that the source says it wrote to ${file.url}`,
    found: `${rows} rows in the file`,
    remedy: 'find out who else writes there: the source names its files anew for each query',
  });
}

async function download(url: string, path: string, signal: AbortSignal): Promise<Pick<StoredObject, 'key' | 'etag' | 'bytes'>> {
  const address = addressOf(url);
  const { Body, ETag = '', ContentLength = 0 } = await s3.send(new GetObjectCommand(address), { abortSignal: signal });
  if (!(Body instanceof Readable)) throw new TypeError(`${url} came without a body`);
  await saveBytes(Body, path, signal);
  return { key: address.Key, etag: ETag, bytes: ContentLength };
}
