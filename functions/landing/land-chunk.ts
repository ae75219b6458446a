/** Lands one chunk: its stream becomes a Parquet file (zstd) with row count and hash, put in place by the first complete writer. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { ChunkStream } from '../batch/chunk-stream.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import { StreamTruncated } from '../errors.ts';
import { appendRecords } from './append-records.ts';
import { measure } from './measure.ts';
import { putOnce } from './put-once.ts';
import { quoted } from './quoted.ts';
import { saveBytes } from './save-bytes.ts';
import { withDuckdb } from './with-duckdb.ts';

export interface LandRequest {
  dataset: string;
  url: string;
  columns: readonly LandedColumn[];
  stream: Extract<ChunkStream, { kind: 'csv' | 'records' }>;
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
      throw new StreamTruncated({
        dataset,
        expected: `the ${sent} rows that the source says it sent`,
        found: `${rows} rows in the stream`,
        remedy: READ_AGAIN,
      });
    }
    return putOnce(url, parquet, { rows, hash, rest: stream.kind === 'csv' ? stream.rest?.() : undefined }, signal);
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
  if (stream.kind === 'csv') {
    const csv = join(folder, 'chunk.csv');
    await saveBytes(stream.bytes, csv, signal);
    const convert = (longest: number) => connection.run(`COPY (SELECT * FROM ${readCsv(csv, columns, longest)}) ${target}`);
    await convert(LONG_ROW)
      .catch((error: unknown) => (isTooLong(error) ? convert(LONGEST_ROW) : Promise.reject(error)))
      .catch((error: unknown) => {
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

/** The longest row as CSV, in bytes. DuckDB holds several buffers of that size, so the large one is for those who need it. */
const LONG_ROW = 16 * 1024 * 1024;
const LONGEST_ROW = 128 * 1024 * 1024;

const isTooLong = (error: unknown) => /maximum line size/i.test(String(error));

/**
 * COPY's CSV quotes an empty text and leaves a null empty: `allow_quoted_nulls` off keeps them apart.
 * Rows end with a line feed, whatever line ends their values hold: DuckDB would guess it from the first ones.
 */
function readCsv(file: string, columns: readonly LandedColumn[], longest: number): string {
  const types = columns.map(({ name, type }) => `${quoted(name)}: '${type}'`).join(', ');
  const options = `header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false, null_padding = false, max_line_size = ${longest}, buffer_size = ${longest}`;
  return `read_csv(${quoted(file)}, columns = {${types}}, ${options})`;
}

/** Of DuckDB's message only the line's number is kept: the rest quotes the row, and with it what people have entrusted. */
function brokenRow(dataset: string, columns: readonly LandedColumn[], error: unknown): StreamTruncated | undefined {
  const line = /CSV Error on Line: (\d+)/.exec(String(error))?.[1];
  if (line === undefined) return undefined;
  return new StreamTruncated({
    dataset,
    expected: `whole rows of ${columns.length} columns in the stream`,
    found: `another content at line ${line}`,
    remedy: READ_AGAIN,
  });
}

const READ_AGAIN = 'nothing: the chunk is read again; if it happens each time, look for a proxy that cuts the connection';
