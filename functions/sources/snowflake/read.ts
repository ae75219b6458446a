/** Reads a chunk by the query of the plan: unloaded where the plan says so, or streamed in batches, each value as the text that Snowflake printed. */
import type { Readable } from 'node:stream';
import type { ChunkStream, LandedValue } from '../../batch/chunk-stream.ts';
import type { ReadRequest } from '../source.ts';
import { SnowflakeRead } from './chunks.ts';
import { connect } from './connection.ts';
import { unload } from './unload.ts';

/** Rows handed on at once: the driver yields single ones. */
const BATCH_ROWS = 5_000;

export async function read(request: ReadRequest): Promise<ChunkStream> {
  const { query, integration } = SnowflakeRead.parse(request.chunk.read);
  if (integration !== undefined) return unload(request, query, integration);
  const { run, contract, signal } = request;
  const connection = await connect({ dataset: contract.dataset, run });
  try {
    const { rows, count } = await connection.stream(query, signal);
    return { kind: 'records', batches: inBatches(rows), rowCount: () => count, close: connection.close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function* inBatches(rows: Readable): AsyncGenerator<LandedValue[][]> {
  let batch: LandedValue[][] = [];
  for await (const row of rows as AsyncIterable<LandedValue[]>) {
    batch.push(row);
    if (batch.length === BATCH_ROWS) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
