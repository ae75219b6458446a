/** Unloads a chunk: Snowflake writes the rows of its query into landing by itself, and is asked again until it has. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ChunkStream, StoredFile } from '../../batch/chunk-stream.ts';
import { attemptOf } from '../../batch/layout.ts';
import type { PipelineError } from '../../errors.ts';
import type { ReadRequest } from '../source.ts';
import { classify } from './classify.ts';
import { connect, type SnowflakeConnection } from './connection.ts';
import { literal } from './table-columns.ts';

/** `asked`: how often this query was asked for. */
const Ticket = z.object({ attempt: z.int(), query: z.string(), asked: z.int() });
type Ticket = z.infer<typeof Ticket>;

/** A query that failed for a while is submitted again, to another place; what the failed one wrote is not recorded. */
const ATTEMPTS = 4;
/** Asked after 2 s, 4 s, 8 s, … */
const LONGEST_WAIT_SECONDS = 60;
/** Snowflake's default of 16 MB would be four times as many objects for Spark to open. */
const FILE_BYTES = 64 * 1024 * 1024;

/** @throws the query's own error by its name, once it is not worth another attempt. */
export async function unload(request: ReadRequest, query: string, integration: string): Promise<ChunkStream> {
  const { run, contract, landing, chunk, ticket } = request;
  const { dataset } = contract;
  const asked = ticket === undefined ? undefined : Ticket.parse(JSON.parse(ticket));
  const connection = await connect({ dataset, run });
  if (!asked) return submit(connection, request, query, integration, 1);
  const outcome = await connection.outcome(asked.query);
  if (outcome && 'error' in outcome) {
    const error = classify(outcome.error, dataset);
    if (!worthAnother(error, asked)) throw await afterClosing(connection, error);
    return submit(connection, request, query, integration, asked.attempt + 1);
  }
  await connection.close();
  if (!outcome) return pending({ ...asked, asked: asked.asked + 1 });
  return { kind: 'stored', files: filesOf(outcome.rows, attemptOf(landing, asked.attempt, chunk.id)), close: async () => {} };
}

const worthAnother = (error: PipelineError, { attempt }: Ticket) => error.retry === 'backoff' && attempt < ATTEMPTS;

async function afterClosing(connection: SnowflakeConnection, error: PipelineError): Promise<PipelineError> {
  await connection.close();
  return error;
}

/** The connection is left open: with its session Snowflake would end what was submitted in it. A session that is left ends by itself. */
async function submit(
  connection: SnowflakeConnection,
  request: ReadRequest,
  query: string,
  integration: string,
  attempt: number,
): Promise<ChunkStream> {
  const { landing, chunk } = request;
  const sql = copyInto(attemptOf(landing, attempt, chunk.id), query, integration);
  return pending({ attempt, query: await connection.submit(sql, requestId(request, attempt)), asked: 0 });
}

function pending(ticket: Ticket): ChunkStream {
  return { kind: 'pending', ticket: JSON.stringify(ticket), waitSeconds: Math.min(LONGEST_WAIT_SECONDS, 2 ** (ticket.asked + 1)) };
}

/** Of the attempt at the chunk, as a UUID: a function that died after it had submitted, and is started again, finds the query it left. */
function requestId({ plan, landing, chunk }: ReadRequest, attempt: number): string {
  const hash = createHash('sha256').update(`${landing} ${plan.plannedAt} ${chunk.id} ${attempt}`).digest('hex');
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/**
 * The query's id in the names of files keeps queries apart that write to the same place. The query gives texts and booleans alone (textOf in
 * table-columns.ts), of which Parquet loses nothing: by their own types times would be refused or cut, and numbers typed by their values.
 */
function copyInto(place: string, query: string, integration: string): string {
  return `COPY INTO ${literal(place)} FROM (${query}) STORAGE_INTEGRATION = ${integration} FILE_FORMAT = (TYPE = PARQUET)
HEADER = TRUE DETAILED_OUTPUT = TRUE INCLUDE_QUERY_ID = TRUE MAX_FILE_SIZE = ${FILE_BYTES}`;
}

/** FILE_NAME, FILE_SIZE, ROW_COUNT: only what the query lists is its own, whatever else lies there. */
function filesOf(rows: readonly unknown[][], place: string): StoredFile[] {
  return rows
    .filter(([name]) => String(name).endsWith('.parquet'))
    .map(([name, , count]) => ({ url: `${place}${String(name).split('/').at(-1)}`, rows: Number(count) }));
}
