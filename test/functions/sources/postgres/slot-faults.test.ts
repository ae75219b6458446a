/** The log of a server that crashes between two parts of a batch, and of one that has removed what the slot still needed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { confirm } from '../../../../functions/sources/by-kind.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';
import { plan, planned } from '../planned.ts';
import { take, takePart } from './change-log.ts';
import { OwnServer } from './own-server.ts';

const server = new OwnServer();
let db: pg.Client;

beforeAll(async () => {
  await server.start();
  db = await server.connect();
  await setSecret('etl/postgres', server.secret);
}, 60_000);
afterAll(() => server.end());

async function followed(dataset: string) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY)`);
  await db.query(`CREATE PUBLICATION etl_${dataset} FOR TABLE ${dataset}`);
  const load = { mode: 'log', sequence: undefined, chunkRows: 10 } as unknown as Contract['load'];
  const of = contract({ dataset, columns: { id: 'bigint' }, load });
  const { watermark, ...first } = await planned(of);
  await take(of, { watermark, ...first });
  await confirm(of, watermark);
  return { of, watermark };
}

test('a server that crashes between two parts of a transaction goes on where the first one ended: each row once', async () => {
  const { of, watermark } = await followed('crashed');
  await db.query('INSERT INTO crashed SELECT generate_series(1, 25)');
  const second = await planned(of, watermark);
  const part = (ticket: string | undefined) => takePart(of, second, second.chunks[0] as Chunk, ticket);
  const one = await part(undefined);
  expect(one.rows).toHaveLength(10);
  await server.kill();
  await server.start();
  db = await server.connect();
  const two = await part(one.rest);
  const three = await part(two.rest);
  expect(three.rest).toBeUndefined();
  const ids = [one, two, three].flatMap(({ rows }) => rows.map(({ id }) => Number(id)));
  expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test('a slot whose log the server has removed is SlotLost, also where a commit was not confirmed, and a full load makes a new one', async () => {
  const { of, watermark } = await followed('cut_off');
  await db.query('INSERT INTO cut_off VALUES (1)');
  const unconfirmed = await planned(of, watermark);
  await take(of, unconfirmed);
  await db.query("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
  await db.query('SELECT pg_reload_conf()');
  await until('the server to have removed the log', async () => {
    await db.query('INSERT INTO cut_off SELECT coalesce(max(id), 0) + 1 FROM cut_off');
    await db.query('SELECT pg_switch_wal()');
    await db.query('CHECKPOINT');
    const { rows } = await db.query('SELECT wal_status FROM pg_replication_slots WHERE slot_name = $1', [
      (watermark as { slot: string }).slot,
    ]);
    return rows[0]?.wal_status === 'lost';
  });
  await confirm(of, unconfirmed.watermark);
  await expect(plan(of, unconfirmed.watermark)).rejects.toMatchObject({
    code: 'SlotLost',
    message: expect.stringMatching(/max_slot_wal_keep_size.*--mode full/s),
  });
  const again = await planned(of, unconfirmed.watermark, 'full');
  const { rows } = await db.query<{ id: string }>('SELECT id FROM cut_off');
  expect((await take(of, again)).rows.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
});
