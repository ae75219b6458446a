/** The log of a server that crashes between two parts of a batch, and of one that has removed what the slot still needed. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { confirm } from '../../../../functions/sources/by-kind.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';
import { plan, planned } from '../planned.ts';
import { source } from './batches.ts';
import { take } from './change-log.ts';
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

/** One part of the batch's log: its lines, and the ticket of what is left. */
async function part(of: Contract, found: Awaited<ReturnType<typeof planned>>, ticket: string | undefined) {
  const chunk = found.chunks[0] as BatchPlan['chunks'][number];
  const signal = new AbortController().signal;
  const stream = await source.read({ contract: of, plan: found as BatchPlan, chunk, landing: '', ticket, signal });
  if (stream.kind !== 'csv') throw new Error(`expected CSV; found ${stream.kind}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of stream.bytes) pieces.push(piece);
  const rest = stream.rest?.();
  await stream.close();
  return {
    ids: Buffer.concat(pieces)
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => Number(line.split(',')[0]?.replaceAll('"', ''))),
    rest,
  };
}

test('a server that crashes between two parts of a transaction goes on where the first one ended: each row once', async () => {
  const { of, watermark } = await followed('crashed');
  await db.query('INSERT INTO crashed SELECT generate_series(1, 25)');
  const second = await planned(of, watermark);
  const one = await part(of, second, undefined);
  expect(one.ids).toHaveLength(10);
  await server.kill();
  await server.start();
  db = await server.connect();
  const two = await part(of, second, one.rest);
  const three = await part(of, second, two.rest);
  expect(three.rest).toBeUndefined();
  expect([...one.ids, ...two.ids, ...three.ids].sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test('a slot whose log the server has removed is SlotLost, and a full load makes a new one', async () => {
  const { of, watermark } = await followed('cut_off');
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
  await expect(plan(of, watermark)).rejects.toMatchObject({
    code: 'SlotLost',
    message: expect.stringMatching(/max_slot_wal_keep_size.*--mode full/s),
  });
  const again = await planned(of, watermark, 'full');
  const { rows } = await db.query<{ id: string }>('SELECT id FROM cut_off');
  expect((await take(of, again)).rows.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
});
