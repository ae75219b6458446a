import { expect, jest, test } from '@jest/globals';
import { ConfigResourceTypes, type Message } from 'kafkajs';
import type { LandedValue } from '../../../../functions/batch/chunk-stream.ts';
import { confirm } from '../../../../functions/sources/by-kind.ts';
import { connect } from '../../../../functions/sources/kafka/connection.ts';
import { leadersOf } from '../../../../functions/sources/kafka/leaders.ts';
import { planTopic } from '../../../../functions/sources/kafka/plan.ts';
import { recordSizes } from '../../../../functions/sources/kafka/record-sizes.ts';
import { topicLeaders } from '../../../../functions/sources/kafka/topic.ts';
import type { KafkaWatermark } from '../../../../functions/sources/kafka/watermark.ts';
import { until } from '../../../until.ts';
import { plan, planned } from '../planned.ts';
import { KafkaBroker, rows, topicContract, values } from './kafka-broker.ts';

jest.setTimeout(60_000);
const broker = new KafkaBroker();
const text = (value: LandedValue | undefined) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value);

test('a record lands byte for byte: key, value, headers, time, each possibly missing', async () => {
  const events = await broker.topic('exact');
  const bytes = Buffer.from([0, 255, 10, 34]);
  await broker.send('exact', [
    { key: 'clé', value: '{"a":"ü"}', headers: { trace: 't-1', raw: bytes }, timestamp: '1705312800001' },
    { key: null, value: null, timestamp: '1705312800002' },
    { key: bytes, value: bytes, timestamp: '1705312800003' },
    { key: '', value: '', timestamp: '1705312800004' },
  ]);
  const found = await rows(events, await planned(events));
  expect(found.sent).toBe(4);
  expect(found.rows).toEqual([
    [0, 0n, 1705312800001n, Buffer.from('clé'), Buffer.from('{"a":"ü"}'), '[["trace","dC0x"],["raw","AP8KIg=="]]'],
    [0, 1n, 1705312800002n, null, null, '[]'],
    [0, 2n, 1705312800003n, bytes, bytes, '[]'],
    [0, 3n, 1705312800004n, Buffer.from(''), Buffer.from(''), '[]'],
  ]);
});

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('batches in %s are read whole', async (compression) => {
  const events = await broker.topic(`in_${compression}`);
  const texts = Array.from({ length: 3_000 }, (_, index) => `event ${index} ${'x'.repeat(index % 100)}`);
  await broker.sendCompressed(events.object, texts, compression);
  expect(await values(events, await planned(events))).toEqual(texts);
});

test('each run reads what came since the last one, and nothing new is no batch', async () => {
  const events = await broker.topic('increments', 2);
  expect(await plan(events)).toBeUndefined();
  await broker.send('increments', [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1 },
  ]);
  const first = await planned(events);
  expect(first.watermark).toEqual({ topicId: expect.stringMatching(/^[0-9a-f-]{36}$/), offsets: { 0: '1', 1: '1' }, mode: 'offsets' });
  expect(await plan(events, first.watermark)).toBeUndefined();
  await broker.send('increments', [{ value: 'c', partition: 1 }]);
  const second = await planned(events, first.watermark);
  expect(second.bounds).toEqual({ lower: { 0: '1', 1: '1' }, upper: { 0: '1', 1: '2' } });
  expect(await values(events, second)).toEqual(['c']);
  expect(await values(events, await planned(events, second.watermark, 'full'))).toEqual(['a', 'b', 'c']);
});

test('a topic of events that is a table from now on is read from its beginning, and is all there is', async () => {
  const events = await broker.topic('became_a_table');
  await broker.send('became_a_table', [
    { key: 'a', value: '1' },
    { key: 'a', value: '2' },
    { key: 'b', value: null },
  ]);
  const { watermark } = await planned(events);
  const table = topicContract('became_a_table', { mode: 'compacted' });
  const found = await planned(table, watermark);
  expect([found.complete, await values(table, found)]).toEqual([true, ['1', '2', null]]);
  expect(await plan(table, found.watermark)).toBeUndefined();
  const { mode, ...unsaid } = watermark as KafkaWatermark;
  expect([mode, await plan(table, unsaid)]).toEqual(['offsets', undefined]);
});

test('a chunk of many partitions gives every record once, those of a partition in their order', async () => {
  const events = await broker.topic('many', 12);
  const sent = Array.from({ length: 120 }, (_, index) => ({ value: `${index}`, partition: (index * 7) % 11 }));
  await broker.send('many', sent);
  for (const chunkRows of [25, 1_000]) {
    const chunked = { ...events, load: { ...events.load, chunkRows } };
    const found = await planned(chunked);
    expect(found.chunks).toHaveLength(Math.ceil(120 / chunkRows));
    const { rows: read, sent: counted } = await rows(chunked, found);
    expect(counted).toBe(120);
    for (let partition = 0; partition < 12; partition += 1) {
      const inOrder = sent.filter((message) => message.partition === partition).map(({ value }, offset) => [BigInt(offset), value]);
      const mine = read
        .filter(([of]) => of === partition)
        .map(([, offset, , , value]) => [offset, Buffer.from(value as Uint8Array).toString()]);
      expect(mine).toEqual(inOrder);
    }
  }
});

test('records are sized by a sample of each partition, as they are when they are decompressed', async () => {
  const { dataset } = await broker.topic('sized', 3);
  await broker.send('sized', [
    ...Array.from({ length: 10 }, () => ({ key: 'key', value: 'x'.repeat(97), partition: 0 })),
    ...Array.from({ length: 10 }, () => ({ value: 'x'.repeat(5_000), headers: { h: 'y'.repeat(999) }, partition: 1 })),
  ]);
  const connection = await connect(dataset, AbortSignal.timeout(30_000));
  const { id, leaders } = await topicLeaders(connection, topicContract(dataset));
  const range = (partition: number) => ({ partition, from: 0n, to: 10n });
  const size = await recordSizes(await leadersOf(connection, dataset, id, leaders), [range(0), range(1)]);
  expect([size(0), size(1), size(2)]).toEqual([100, 6_000, 3_050]);
  await connection.close();
});

test('compaction leaves holes, and a tombstone: what is left is read once, wherever the chunks are cut', async () => {
  const admin = await broker.admin();
  // The cleaner starts again with them, and takes its buffer anew: of 128 MB, unless told otherwise, and the broker has twice that in all.
  const CLEANER = [
    { name: 'log.cleaner.backoff.ms', value: '100' },
    { name: 'log.cleaner.dedupe.buffer.size', value: '2097152' },
  ];
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.BROKER, name: '1', configEntries: CLEANER }] });
  const compacted = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' };
  const events = await broker.topic('compacted', 1, {}, compacted);
  const producer = await broker.producer();
  const send = (...messages: Message[]) => producer.send({ topic: 'compacted', messages });
  await send({ key: 'a', value: '1' }, { key: 'b', value: '1' }, { key: 'a', value: '2' }, { key: 'b', value: null });
  await send({ key: 'c', value: '1' });
  const found = await planned(events);
  // A segment that is written no more is compacted; what comes a second later closes it.
  await send({ key: 'later', value: 'x', timestamp: String(Date.now() + 1_000) });
  await until('compaction', async () => (await rows(events, found)).rows.length === 3);
  const left = [
    [2n, 'a', '2'],
    [3n, 'b', null],
    [4n, 'c', '1'],
  ];
  for (const chunkRows of [1, 2, 5]) {
    const chunked = { ...events, load: { ...events.load, chunkRows } };
    const cut = {
      ...found,
      chunks: planTopic(
        chunked,
        (found.watermark as KafkaWatermark).topicId,
        { ranges: [{ partition: 0, from: 0n, to: 5n }], lost: [], complete: false },
        () => 1,
      ).chunks,
    };
    expect(cut.chunks).toHaveLength(Math.ceil(5 / chunkRows));
    const { rows: read, sent } = await rows(chunked, cut);
    expect(read.map(([, offset, , key, value]) => [offset, text(key), text(value)])).toEqual(left);
    expect(sent).toBe(3);
  }
});

test('a plan read again later, after more has come, gives the rows that it gave', async () => {
  const events = await broker.topic('repeated');
  await broker.send('repeated', [{ value: '1' }, { value: '2' }]);
  const found = await planned(events);
  const once = await rows(events, found);
  await broker.send('repeated', [{ value: '3' }]);
  expect(await rows(events, found)).toEqual(once);
});

test('a partition that is added is read from its beginning', async () => {
  const events = await broker.topic('grown');
  await broker.send('grown', [{ value: 'old' }]);
  const first = await planned(events);
  const admin = await broker.admin();
  await admin.createPartitions({ topicPartitions: [{ topic: 'grown', count: 2 }] });
  await broker.send('grown', [{ value: 'new', partition: 1 }]);
  expect(await values(events, await planned(events, first.watermark))).toEqual(['new']);
});

test('offsets that retention has taken are OffsetLost with the gap, when planned and when read', async () => {
  const events = await broker.topic('trimmed');
  await broker.send(
    'trimmed',
    Array.from({ length: 10 }, (_, index) => ({ value: String(index) })),
  );
  const found = await planned(events);
  const admin = await broker.admin();
  await admin.deleteTopicRecords({ topic: 'trimmed', partitions: [{ partition: 0, offset: '7' }] });
  const lost = {
    code: 'OffsetLost',
    retry: 'never',
    dataset: 'trimmed',
    found: expect.stringMatching(/the 7 offsets from 0 to 6 are gone/),
  };
  await expect(rows(events, found)).rejects.toMatchObject(lost);
  const { topicId } = found.watermark as { topicId: string };
  await expect(plan(events, { topicId, offsets: { 0: '0' } })).rejects.toMatchObject(lost);
  expect(await values(events, await planned(events, found.watermark, 'full'))).toEqual(['7', '8', '9']);
});

test('a log that ends before what was read of it is OffsetLost, never silence', async () => {
  const events = await broker.topic('shortened');
  await broker.send('shortened', [{ value: '1' }]);
  const { watermark } = await planned(events);
  const beyond = { ...(watermark as object), offsets: { 0: '5' } };
  await expect(plan(events, beyond)).rejects.toMatchObject({ code: 'OffsetLost', found: expect.stringContaining('4 offsets') });
});

test('a topic made anew under its name is TopicRecreated, when planned and when read', async () => {
  const events = await broker.topic('remade');
  await broker.send('remade', [{ value: 'old' }, { value: 'old' }]);
  const found = await planned(events);
  const admin = await broker.admin();
  await admin.deleteTopics({ topics: ['remade'] });
  await broker.topic('remade');
  await broker.send('remade', [{ value: 'new' }, { value: 'new' }, { value: 'new' }]);
  await expect(plan(events, found.watermark)).rejects.toMatchObject({ code: 'TopicRecreated', retry: 'never' });
  await expect(rows(events, found)).rejects.toMatchObject({ code: 'TopicRecreated' });
  expect(await values(events, await planned(events, found.watermark, 'full'))).toEqual(['new', 'new', 'new']);
});

test('the group shows the offsets that were confirmed, and no others', async () => {
  const events = await broker.topic('mirrored', 2);
  await broker.send('mirrored', [
    { value: 'a', partition: 0 },
    { value: 'b', partition: 1 },
    { value: 'c', partition: 1 },
  ]);
  const admin = await broker.admin();
  const offsets = async () => {
    const [kept] = await admin.fetchOffsets({ groupId: 'etl-mirrored', topics: ['mirrored'] });
    return kept?.partitions.map(({ partition, offset }) => [partition, offset]).sort();
  };
  const found = await planned(events);
  await rows(events, found);
  // The first question of all makes the topic that holds the offsets of groups.
  await until('the topic of offsets', () => offsets().then(Boolean, () => false));
  expect(await offsets()).toEqual([
    [0, '-1'],
    [1, '-1'],
  ]);
  await confirm(events, found.watermark);
  await confirm(events, found.watermark);
  expect(await offsets()).toEqual([
    [0, '1'],
    [1, '2'],
  ]);
});
