/**
 * Reads a chunk: the committed records of its offset ranges, fetched directly from each partition's leader, several ranges at once; and lands
 * the schemas that they were written with, where they are Avro.
 */
import type { ChunkStream } from '../../batch/chunk-stream.ts';
import type { ReadRequest } from '../source.ts';
import { atOnce } from './at-once.ts';
import { connect } from './connection.ts';
import { leadersOf } from './leaders.ts';
import { recreated } from './lost-position.ts';
import { KafkaRead } from './plan.ts';
import { type Rows, readRange } from './read-range.ts';
import { topicLeaders } from './topic.ts';
import { landSchemas, schemaIds } from './writer-schemas.ts';

/** Each holds one piece that it has read and asks for the next (ADR 26): as many as one connection to a broker has under way. */
const FETCHERS = 4;

/** @throws TopicRecreated; OffsetLost, and what writer-schemas.ts throws, while the rows are read. */
export async function read({ contract, chunk, landing, signal }: ReadRequest): Promise<ChunkStream> {
  const { topicId, ranges } = KafkaRead.parse(chunk.read);
  const connection = await connect(contract.dataset, signal);
  try {
    const { id, leaders } = await topicLeaders(connection, contract);
    if (id !== topicId) throw recreated(contract, topicId, `a topic of that name with the id ${id}`);
    const from = await leadersOf(connection, contract.dataset, topicId, leaders);
    const sent = { rows: 0, complete: false };
    async function* batches(): AsyncGenerator<Rows> {
      const ids = new Set<number>();
      const readers = ranges.map((range) => readRange({ contract, leaders: from, range, signal }));
      for await (const rows of atOnce(FETCHERS, readers)) {
        sent.rows += rows.length;
        if (contract.valueFormat === 'confluent-avro') for (const id of schemaIds(rows)) ids.add(id);
        yield rows;
      }
      // Before the chunk is whole, so that no record lies in landing without the schema that its registry has.
      await landSchemas({ dataset: contract.dataset, landing, ids, signal });
      sent.complete = true;
    }
    return { kind: 'records', batches: batches(), rowCount: () => (sent.complete ? sent.rows : -1), close: connection.close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
