/** Lands what a source has written by itself: each file is read once for its rows and hash, and the record of them makes them the chunk's. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { s3 } from '../aws/s3.ts';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { StoredFile } from '../batch/chunk-stream.ts';
import { recordChunk } from '../batch/stored-chunk.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import { StreamTruncated } from '../errors.ts';
import { addressOf } from '../objects.ts';
import { measure } from './land-chunk.ts';
import { outOfRoom } from './out-of-room.ts';

export interface RecordRequest {
  dataset: string;
  landing: string;
  chunk: string;
  columns: readonly LandedColumn[];
  files: readonly StoredFile[];
  signal: AbortSignal;
}

/** One file at a time lies in /tmp. @throws StreamTruncated when a file has other rows than its source says; DiskFull; MemoryFull. */
export async function recordFiles({ dataset, landing, chunk, columns, files, signal }: RecordRequest): Promise<StoredObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stored-'));
  const duckdb = await DuckDBInstance.create(':memory:', { temp_directory: folder });
  const connection = await duckdb.connect();
  try {
    const objects: StoredObject[] = [];
    for (const file of files) objects.push(await measured(connection, dataset, columns, file, join(folder, 'file.parquet'), signal));
    return await recordChunk(landing, chunk, objects);
  } catch (error) {
    throw outOfRoom(dataset, error) ?? error;
  } finally {
    connection.closeSync();
    duckdb.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
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
  await pipeline(Body, createWriteStream(path), { signal });
  return { key: address.Key, etag: ETag, bytes: ContentLength };
}
