/** A leader that answers without records what it has, as a broker does that fetches too slowly from its tiered storage. */
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { connect, type KafkaConnection } from '../../../../functions/sources/kafka/connection.ts';
import type { FetchApi, Leaders } from '../../../../functions/sources/kafka/fetch-piece.ts';
import { leadersOf } from '../../../../functions/sources/kafka/leaders.ts';
import { readRange } from '../../../../functions/sources/kafka/read-range.ts';
import { topicLeaders } from '../../../../functions/sources/kafka/topic.ts';
import { servers } from '../../../servers/servers.ts';
import { setSecret } from '../../secret.ts';
import { KafkaBroker, topicContract } from './kafka-broker.ts';

jest.setTimeout(60_000);
const broker = new KafkaBroker();
const AT_ONCE = [0, 0, 0];
const opened: KafkaConnection[] = [];
afterEach(() => Promise.all(opened.splice(0).map((connection) => connection.close())));

/** Three answers of ten records each: one is as much as a piece may have. */
async function thirty(name: string, configs: Record<string, string> = {}): Promise<Contract> {
  const events = await broker.topic(name, 1, {}, configs);
  for (const batch of [0, 10, 20]) {
    const keys = Array.from({ length: 10 }, (_, index) => String(batch + index));
    await broker.send(
      name,
      keys.map((key) => ({ key, value: Buffer.alloc(70_000) })),
    );
  }
  return events;
}

/** The real leaders, of whose answers those to the questions of which `isSlow` is true have lost their records. */
async function leaders(of: Contract, isSlow: (question: number) => boolean): Promise<Leaders> {
  const connection = await connect(of.dataset, AbortSignal.timeout(30_000));
  opened.push(connection);
  const topic = await topicLeaders(connection, of);
  const real = await leadersOf(connection, of.dataset, topic.id, topic.leaders);
  let asked = 0;
  const async: FetchApi['async'] = async (...question) => {
    const answer = await real.api.async(...question);
    asked += 1;
    if (isSlow(asked)) for (const { partitions } of answer.responses) for (const partition of partitions) partition.records = [];
    return answer;
  };
  return { ...real, api: { ...real.api, async } as FetchApi };
}

async function keys(of: Contract, from: Leaders, pauses = AT_ONCE, signal = new AbortController().signal): Promise<number[]> {
  const found: number[] = [];
  const range = { partition: 0, from: '0', to: '30' };
  for await (const rows of readRange({ contract: of, leaders: from, range, signal }, pauses)) {
    found.push(...rows.map(([, , , key]) => Number(Buffer.from(key as Uint8Array))));
  }
  return found;
}
const numbers = (length: number) => Array.from({ length }, (_, index) => index);

test('records that come late are asked for again, as often as there are pauses for each piece, and none is left out', async () => {
  const events = await thirty('late');
  expect(await keys(events, await leaders(events, (question) => question === 2))).toEqual(numbers(30));
  expect(await keys(events, await leaders(events, (question) => question % 4 !== 0))).toEqual(numbers(30));
});

test('records that do not come are SourceInterrupted, which is tried again', async () => {
  const events = await thirty('never');
  await expect(keys(events, await leaders(events, (question) => question > 1))).rejects.toMatchObject({
    code: 'SourceInterrupted',
    retry: 'backoff',
    expected: 'the records of partition 0 of never from offset 10 to below 30',
  });
});

test.each(['compact', 'compact,delete'])('of a topic with cleanup.policy=%s what does not come was compacted away', async (policy) => {
  const events = await thirty(policy.replace(',', '_'), { 'cleanup.policy': policy });
  expect(await keys(events, await leaders(events, (question) => question > 1))).toEqual(numbers(10));
});

test('a login that may not see the policy has it from the contract', async () => {
  await setSecret('etl/kafka', servers.kafka.secret);
  const read = async (mode: 'offsets' | 'compacted') => {
    const of = topicContract('system_metrics', { mode });
    return keys(of, await leaders(of, () => true));
  };
  await broker.send(
    'system_metrics',
    Array.from({ length: 30 }, () => ({ value: '{}', partition: 0 })),
  );
  expect(await read('compacted')).toEqual([]);
  await expect(read('offsets')).rejects.toMatchObject({ code: 'SourceInterrupted', remedy: expect.stringContaining('DESCRIBE_CONFIGS') });
});

test('the deadline of the chunk ends a pause', async () => {
  const events = await thirty('waiting');
  const deadline = new AbortController();
  const from = await leaders(events, () => {
    setImmediate(() => deadline.abort());
    return true;
  });
  await expect(keys(events, from, [3_600_000], deadline.signal)).rejects.toMatchObject({ name: 'AbortError' });
});
