/** A topic as it is now: its id, and of each partition the leader, the first offset kept and the end of what is committed. */
import { FetchIsolationLevels } from '@platformatic/kafka';
import type { Contract } from '../../contract/contract.ts';
import { SourceFailed, TableMissing } from '../../errors.ts';
import type { KafkaConnection } from './connection.ts';

export interface Partition {
  partition: number;
  leader: number;
  /** The first offset that the log still has. */
  start: bigint;
  /** The last stable offset: no record below it belongs to an open transaction. */
  stable: bigint;
  /** The end of what all replicas have; above `stable` while a transaction is open. */
  end: bigint;
}

export interface Topic {
  id: string;
  partitions: Partition[];
}

export type Isolation = (typeof FetchIsolationLevels)[keyof typeof FetchIsolationLevels];

const EARLIEST = -2n;
const LATEST = -1n;

/**
 * Each after what may not pass it: an end that is above the stable offset is held by a transaction, and not only by what came meanwhile;
 * retention may move a start, and one too low would read as a gap later.
 */
export async function readTopic(connection: KafkaConnection, contract: Contract): Promise<Topic> {
  const { id, leaders } = await topicLeaders(connection, contract);
  const ends = await offsets(connection, contract.object, LATEST, FetchIsolationLevels.READ_UNCOMMITTED);
  const stables = await offsets(connection, contract.object, LATEST, FetchIsolationLevels.READ_COMMITTED);
  const starts = await offsets(connection, contract.object, EARLIEST, FetchIsolationLevels.READ_COMMITTED);
  return {
    id,
    partitions: leaders.map((leader, partition) => ({
      partition,
      leader,
      start: known(starts[partition], contract, partition),
      stable: known(stables[partition], contract, partition),
      end: known(ends[partition], contract, partition),
    })),
  };
}

/** @throws TableMissing. */
export async function topicLeaders(
  { client, until }: KafkaConnection,
  { dataset, object }: Contract,
): Promise<{ id: string; leaders: number[] }> {
  const { topics } = await until(client.metadata({ topics: [object], forceUpdate: true }));
  const topic = topics.get(object);
  if (topic) return { id: topic.id, leaders: topic.partitions.map(({ leader }) => leader) };
  throw new TableMissing({
    dataset,
    expected: `a topic ${object}`,
    found: 'none in the metadata of the cluster',
    remedy: 'create the topic, or correct physicalName in the contract',
  });
}

async function offsets({ client, until }: KafkaConnection, name: string, timestamp: bigint, isolationLevel: Isolation): Promise<bigint[]> {
  const found = await until(client.listOffsets({ topics: [name], timestamp, isolationLevel }));
  return found.get(name) ?? [];
}

function known(offset: bigint | undefined, { dataset, object }: Contract, partition: number): bigint {
  if (offset !== undefined) return offset;
  throw new SourceFailed({
    dataset,
    expected: `offsets of partition ${partition} of ${object}`,
    found: 'none in the answer of its leader',
    remedy: 'start the pipeline again; if it stays so, look at the state of the partition in the cluster',
  });
}
