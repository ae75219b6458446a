/** Lands one chunk: its stream becomes a Parquet file (zstd) with row count and hash, put in place by the first complete writer. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { ChunkStream } from '../batch/chunk-stream.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import type { StreamTruncated } from '../errors.ts';
import { appendRecords } from './append-records.ts';
import { readCopyText } from './copy-text.ts';
import { measure } from './measure.ts';
import { PassingRows } from './passing-rows.ts';
import { putOnce } from './put-once.ts';
import { quoted } from './quoted.ts';
import { saveBytes } from './save-bytes.ts';
import { truncated } from './truncated.ts';
import { withDuckdb } from './with-duckdb.ts';

export interface LandRequest {
  dataset: string;
  url: string;
  columns: readonly LandedColumn[];
  stream: Extract<ChunkStream, { kind: 'copy' | 'records' }>;
  signal: AbortSignal;
}

/** @throws StreamTruncated when fewer or more rows arrived than the source says it sent; DiskFull; MemoryFull. */
export function landChunk({ dataset, url, columns, stream, signal }: LandRequest): Promise<StoredObject> {
  return withDuckdb(dataset, async (connection, folder) => {
    const parquet = join(folder, 'chunk.parquet');
    // Rows have no order; keeping theirs would hold a part of the file in memory.
    await connection.run('SET preserve_insertion_order = false');
    await writeParquet(connection, { dataset, columns, stream, signal, folder, parquet });
    const { rows, hash } = await measure(connection, columns, parquet);
    const sent = stream.rowCount();
    if (rows !== sent) {
      throw truncated(dataset, `the ${sent} rows that the source says it sent`, `${rows} rows in the stream`);
    }
    return putOnce(url, parquet, { rows, hash, rest: stream.kind === 'copy' ? stream.rest?.() : undefined }, signal);
  });
}

interface WriteParquet extends Pick<LandRequest, 'dataset' | 'columns' | 'stream' | 'signal'> {
  folder: string;
  parquet: string;
}

async function writeParquet(
  connection: DuckDBConnection,
  { dataset, columns, stream, signal, folder, parquet }: WriteParquet,
): Promise<void> {
  const target = `TO ${quoted(parquet)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE_BYTES ${ROW_GROUP})`;
  if (stream.kind === 'copy') {
    const file = join(folder, 'chunk.rows');
    const rows = new PassingRows(dataset, stream.bytes);
    await saveBytes(rows, file, signal);
    const buffer = Math.max(rows.longest, BUFFER);
    await connection.run(`COPY ${readCopyText(file, columns, buffer)} ${target}`).catch((error: unknown) => {
      throw brokenRow(dataset, columns, error) ?? error;
    });
  } else {
    await appendRecords(connection, 'chunk', columns, stream.batches, signal);
    await connection.run(`COPY chunk ${target}`);
  }
}

/**
 * What a thread of DuckDB gathers before it writes, in bytes. By rows alone, as is its default, it held 600 MB of a table of 38 columns;
 * the file is half as large again for it, one of texts by a hundredth.
 */
const ROW_GROUP = 16 * 1024 * 1024;

/**
 * In bytes: a buffer for rows of usual length. DuckDB holds several of them, each of which has to take the longest row. One of more than two
 * buffers it passes over in silence, where it is the last one.
 */
const BUFFER = 4 * 1024 * 1024;

/** Of DuckDB's message only the line's number is kept: the rest quotes the row, and with it what people have entrusted. */
function brokenRow(dataset: string, columns: readonly LandedColumn[], error: unknown): StreamTruncated | undefined {
  const line = /CSV Error on Line: (\d+)/.exec(String(error))?.[1];
  if (line === undefined) return undefined;
  return truncated(dataset, `whole rows of ${columns.length} columns in the stream`, `another content at line ${line}`);
}
