import { expect, jest, test } from '@jest/globals';
import type { Producer } from 'kafkajs';
import { planned } from '../planned.ts';
import { KafkaBroker, rows, values } from './kafka-broker.ts';

jest.setTimeout(60_000);
const broker = new KafkaBroker();

async function transaction(producer: Producer, topic: string, texts: string[], end: 'commit' | 'abort'): Promise<void> {
  const begun = await producer.transaction();
  await begun.send({ topic, messages: texts.map((value) => ({ value, partition: 0 })) });
  await begun[end]();
}

/** The transaction is made known to the partition, whose log gets a marker in the end and nothing else. */
async function abortWithoutRecords(producer: Producer, topic: string): Promise<void> {
  const begun = await producer.transaction();
  await expect(begun.send({ topic, messages: [{ value: Buffer.alloc(2_000_000), partition: 0 }] })).rejects.toThrow(/larger than the max/);
  await begun.abort();
}

test('what was committed is read and what was aborted is not, wherever the chunks are cut', async () => {
  const events = await broker.topic('transactions');
  const [one, other] = [await broker.producer('one'), await broker.producer('other')];
  const kept: string[] = [];
  const commit = async (producer: Producer, texts: string[]) => {
    await transaction(producer, 'transactions', texts, 'commit');
    kept.push(...texts);
  };
  await transaction(one, 'transactions', ['aborted 1', 'aborted 2'], 'abort');
  await commit(one, ['first', 'second']);
  await abortWithoutRecords(one, 'transactions');
  await commit(other, ['other']);
  await commit(one, ['third']);
  await transaction(other, 'transactions', ['aborted 3'], 'abort');
  await transaction(one, 'transactions', ['aborted 4', 'aborted 5'], 'abort');
  await broker.send('transactions', [{ value: 'plain', partition: 0 }]);
  kept.push('plain');

  for (const chunkRows of [1, 2, 3, 5, 1_000]) {
    const chunked = { ...events, load: { ...events.load, chunkRows } };
    expect({ chunkRows, values: await values(chunked, await planned(chunked)) }).toEqual({ chunkRows, values: kept });
  }
  expect((await rows(events, await planned(events))).sent).toBe(kept.length);
});

test('an open transaction holds the bound before its records, and before all that came after them', async () => {
  const events = await broker.topic('open');
  const producer = await broker.producer('open');
  await broker.send('open', [{ value: 'before' }]);
  const begun = await producer.transaction();
  await begun.send({ topic: 'open', messages: [{ value: 'inside' }] });
  await broker.send('open', [{ value: 'after' }]);
  const first = await planned(events);
  expect(await values(events, first)).toEqual(['before']);
  await begun.commit();
  expect(await values(events, await planned(events, first.watermark))).toEqual(['inside', 'after']);
});
