/** Records of any octets, from the topic to the landed Parquet and back: what was sent is what Arrow reads. */
import { beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { layerHash } from '../../../layer-hash.ts';
import type { HashedValue } from '../../../row-hash.ts';
import { createBucket } from '../../bucket.ts';
import { landed } from '../landed.ts';
import { planned } from '../planned.ts';
import { KafkaBroker } from './kafka-broker.ts';

jest.setTimeout(120_000);
const broker = new KafkaBroker();
let bucket: string;
beforeAll(async () => {
  bucket = await createBucket();
});

type Sent = Message & { key: Buffer | null; value: Buffer | null; timestamp: string; headers: Record<string, Buffer[]> };

const every = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
const noText = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80]);
const EXTREMES: Sent[] = [
  { key: null, value: null, timestamp: '1', headers: {} },
  { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: '1705312800001', headers: { '': [Buffer.alloc(0)] } },
  {
    key: noText,
    value: every,
    timestamp: '1705312800002',
    headers: { repeated: [noText, Buffer.from('1'), noText], 'clé "x"\n🙂': [every] },
  },
  { key: Buffer.from('"\\N",\n'), value: Buffer.alloc(900_000, every), timestamp: '2', headers: {} },
];

async function expectAsSent(topic: string, messages: Sent[]): Promise<void> {
  const of = await broker.topic(topic);
  await broker.send(topic, messages);
  const found = await landed(bucket, of, await planned(of));
  const expected = messages.map(({ key, value, timestamp, headers }, offset) => {
    const pairs = Object.entries(headers).flatMap(([name, values]) => values.map((each) => [name, each.toString('base64')]));
    return ['0', String(offset), timestamp, key ?? null, value ?? null, JSON.stringify(pairs)];
  });
  expect(found.names).toEqual(['partition', 'offset', 'timestamp', 'key', 'value', 'headers']);
  expect(found.rows.sort(byOffset)).toEqual(expected.map(inHex));
  expect(found.hashes).toEqual([layerHash(expected)]);
}
const inHex = (row: HashedValue[]) => row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value));
const byOffset = (one: (string | null)[], other: (string | null)[]) => Number(one[1]) - Number(other[1]);

test('keys, values and headers land octet by octet: none apart from empty, no text of any encoding, names that repeat', () =>
  expectAsSent('octets', EXTREMES));

test('any records land as they were sent', async () => {
  const octets = fc.uint8Array({ maxLength: 20 }).map((drawn) => Buffer.from(drawn));
  const name = fc.string({ unit: 'grapheme', maxLength: 5 }).filter((drawn) => drawn !== '__proto__');
  const message = fc.record({
    key: fc.option(octets),
    value: fc.option(octets),
    timestamp: fc.integer({ min: 1, max: 1_705_312_800_000 }).map(String),
    headers: fc.dictionary(name, fc.array(octets, { minLength: 1, maxLength: 3 }), { maxKeys: 3, noNullPrototype: true }),
  });
  let topics = 0;
  const holds = fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 40, size: 'max' }), (drawn) =>
    expectAsSent(`any-${++topics}`, drawn),
  );
  await fc.assert(holds, { numRuns: 4, endOnFailure: true });
});
