/** Connections to the brokers that lead a topic's partitions, and how they are asked for records. */
import type { Connection } from '@platformatic/kafka';
import { SourceInterrupted } from '../../errors.ts';
import type { KafkaConnection } from './connection.ts';
import { fetchApi, type Leaders } from './fetch-piece.ts';

/** The connection to the leader of a partition. @throws SourceInterrupted where it has none. */
export type LeaderOf = (partition: number) => Connection;

/** `brokers`: of each partition its leader's id, below 0 where it has none. */
export async function leadersOf(
  connection: KafkaConnection,
  dataset: string,
  topicId: string,
  brokers: readonly number[],
): Promise<Leaders> {
  const api = await fetchApi(connection);
  const { client, until } = connection;
  const connected = await until(client.connectToBrokers([...new Set(brokers)].filter((broker) => broker >= 0)));
  const leaderOf = (partition: number) => {
    const leader = connected.get(brokers[partition] ?? -1);
    if (leader) return leader;
    throw new SourceInterrupted({
      dataset,
      expected: `a leader of partition ${partition}`,
      found: 'none at the moment',
      remedy: 'nothing: the chunk is read again; if it stays so, look at the state of the partition in the cluster',
    });
  };
  return { connection, api, leaderOf, topicId };
}
