import { expect, jest, test } from '@jest/globals';

// Metrics are lines on standard output, which other tests switch off.
process.env.POWERTOOLS_METRICS_DISABLED = 'false';
process.env.POWERTOOLS_DEV = 'true';
const lines: Record<string, unknown>[] = [];
jest.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
const { KafkaBroker } = await import('./kafka-broker.ts');
const { until } = await import('../../../until.ts');
const { plan } = await import('../planned.ts');

jest.setTimeout(60_000);
const broker = new KafkaBroker();
const published = () =>
  lines.splice(0).flatMap(({ Dataset, StableOffsetHeldSeconds: held }) => (held === undefined ? [] : [{ Dataset, held }]));

test('an unfinished transaction is published as the seconds since it began, of the oldest, and as 0 once it has ended', async () => {
  const events = await broker.topic('held', 3);
  await broker.send('held', [{ value: 'before', partition: 0 }]);
  await plan(events);
  expect(published()).toEqual([{ Dataset: 'held', held: 0 }]);
  const [older, newer] = [await broker.producer('older'), await broker.producer('newer')];
  const began = Date.now() - 3_600_000;
  const first = await older.transaction();
  await first.send({ topic: 'held', messages: [{ value: 'inside', partition: 0, timestamp: String(began) }] });
  const second = await newer.transaction();
  await second.send({ topic: 'held', messages: [{ value: 'inside', partition: 1 }] });
  await broker.send('held', [{ value: 'after', partition: 0, timestamp: '1' }]);
  const found = await plan(events);
  expect(found?.bounds.upper).toEqual({ 0: '1', 1: '0', 2: '0' });
  const [{ held } = { held: 0 }] = published();
  expect(held).toBeGreaterThanOrEqual(3_600);
  expect(Number(held)).toBeLessThanOrEqual(Math.ceil((Date.now() - began) / 1000));
  // Nothing new to read is measured as well.
  expect(await plan(events, found?.watermark)).toBeUndefined();
  expect(published()).toEqual([{ Dataset: 'held', held: expect.any(Number) }]);
  await first.abort();
  await second.commit();
  // Its marker is written when the producer has been told already.
  await until('the end of both transactions', async () => {
    await plan(events);
    return published()[0]?.held === 0;
  });
});
