/** A server that crashes loses its counters of changes: what it counts since may be what was counted before. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';
import { planned } from '../planned.ts';
import { lines } from './batches.ts';
import { OwnServer } from './own-server.ts';

const server = new OwnServer();
beforeAll(async () => {
  await server.start();
  await setSecret('etl/postgres', server.secret);
}, 60_000);
afterAll(() => server.end());

test('keys are read again after a crash, whose counters are those of before the first deletion', async () => {
  const db = await server.connect();
  await db.query('CREATE TABLE orders AS SELECT id, now() AS updated_at FROM generate_series(1, 3) AS id');
  const orders = contract({ dataset: 'orders', columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { deletions: true } });
  const { watermark } = await planned(orders);
  await db.query('DELETE FROM orders WHERE id = 2');
  await server.kill();
  await server.start();
  expect(await lines(orders, await planned(orders, watermark), 'keys')).toEqual(['1', '3']);
});
