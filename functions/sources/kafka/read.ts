/** Reads a chunk: the committed records of its offset ranges, fetched directly from each partition's leader. */
import type { Connection } from '@platformatic/kafka';
import type { ChunkStream } from '../../batch/chunk-stream.ts';
import { SourceInterrupted } from '../../errors.ts';
import type { ReadRequest } from '../source.ts';
import { connect, type KafkaConnection } from './connection.ts';
import { fetchApi } from './fetch-piece.ts';
import { recreated } from './lost-position.ts';
import { KafkaRead } from './plan.ts';
import { type Rows, readRange } from './read-range.ts';
import { topicLeaders } from './topic.ts';

/** @throws TopicRecreated; OffsetLost while the rows are read. */
export async function read({ contract, chunk, signal }: ReadRequest): Promise<ChunkStream> {
  const { topicId, ranges } = KafkaRead.parse(chunk.read);
  const connection = await connect(contract.dataset, signal);
  try {
    const { id, leaders } = await topicLeaders(connection, contract);
    if (id !== topicId) throw recreated(contract, topicId, `a topic of that name with the id ${id}`);
    const api = await fetchApi(connection);
    const brokers = await leadersOf(connection, leaders);
    const sent = { rows: 0, complete: false };
    async function* batches(): AsyncGenerator<Rows> {
      for (const range of ranges) {
        const leader = leaderOf(brokers, leaders, contract.dataset, range.partition);
        for await (const rows of readRange({ contract, connection, api, leader, topicId, range, signal })) {
          sent.rows += rows.length;
          yield rows;
        }
      }
      sent.complete = true;
    }
    return { kind: 'records', batches: batches(), rowCount: () => (sent.complete ? sent.rows : -1), close: connection.close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function leadersOf({ client, until }: KafkaConnection, leaders: number[]): Promise<Map<number, Connection>> {
  return until(client.connectToBrokers([...new Set(leaders)].filter((leader) => leader >= 0)));
}

function leaderOf(brokers: Map<number, Connection>, leaders: number[], dataset: string, partition: number): Connection {
  const leader = brokers.get(leaders[partition] ?? -1);
  if (leader) return leader;
  throw new SourceInterrupted({
    dataset,
    expected: `a leader of partition ${partition}`,
    found: 'none at the moment',
    remedy: 'nothing: the chunk is read again; if it stays so, look at the state of the partition in the cluster',
  });
}
