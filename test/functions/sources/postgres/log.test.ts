import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import type { Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { confirm, sourceOf } from '../../../../functions/sources/by-kind.ts';
import { ChangeRows } from '../../../../functions/sources/postgres/log/change-rows.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { source } from './batches.ts';
import { Applied, operations, type Row, take, takePart } from './change-log.ts';

const database = new PostgresDatabase();
let db: pg.Client;
beforeAll(async () => {
  db = await database.connect();
});

const COLUMNS = { id: 'bigint', n: 'integer', is_on: 'boolean', body: 'text' };
const LOG = { mode: 'log', sequence: undefined } as unknown as Contract['load'];

async function table(dataset: string, load: Partial<Contract['load']> = {}): Promise<Contract> {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, n integer, is_on boolean, body text)`);
  // Out of line, so that an update which leaves it alone does not send it.
  await db.query(`ALTER TABLE ${dataset} ALTER COLUMN body SET STORAGE EXTERNAL`);
  await db.query(`CREATE PUBLICATION etl_${dataset} FOR TABLE ${dataset}`);
  return contract({ dataset, columns: COLUMNS, load: { ...LOG, ...load } });
}

/** A table that was read whole and whose batch was committed, with the watermark since. */
async function followed(dataset: string, load: Partial<Contract['load']> = {}) {
  const of = await table(dataset, load);
  const first = await planned(of);
  await take(of, first);
  await confirm(of, first.watermark);
  await db.query(`INSERT INTO ${dataset} VALUES (0)`);
  const second = await planned(of, first.watermark);
  await take(of, second);
  await confirm(of, second.watermark);
  return { of, watermark: second.watermark };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const what = (rows: Row[]) =>
  rows.toSorted((a, b) => Number(BigInt(a._position ?? 0) - BigInt(b._position ?? 0))).map(({ _position, _changed_at, ...row }) => row);
const LONG = 'x'.repeat(3000);

test('a table that is written without a pause is read whole once, and then by its log to what it holds', async () => {
  const of = await table('never_pauses', { chunkRows: 1_000 });
  await db.query(`INSERT INTO never_pauses SELECT g, g, g % 2 = 0, repeat(md5(g::text), 100) FROM generate_series(1, 4000) g`);
  await db.query('ANALYZE never_pauses');
  let isWriting = true;
  const writers = [1, 2].map(async (seed) => {
    const client = await database.connect();
    for (let turn = 0; isWriting; turn += 1) {
      const [a, b] = [((turn * 7919 * seed) % 5000) + 1, ((turn * 104729 * seed) % 5000) + 1];
      await client.query(
        `INSERT INTO never_pauses VALUES (${a}, ${turn}, true, repeat('${seed}', 3000)) ON CONFLICT (id) DO UPDATE SET n = excluded.n;
         DELETE FROM never_pauses WHERE id = ${b}; UPDATE never_pauses SET n = n + 1 WHERE id BETWEEN ${a} AND ${a + 1};
         UPDATE never_pauses SET id = ${10_000_000 * seed + turn} WHERE id = ${(a * b) % 5000};`,
      );
    }
  });
  const applied = new Applied();
  let { watermark, chunks, ...first } = await planned(of);
  expect(chunks.length).toBeGreaterThan(3);
  applied.add(await operations(of, { ...first, watermark, chunks }));
  for (let batch = 0; batch < 2; batch += 1) {
    await confirm(of, watermark);
    const next = await planned(of, watermark);
    applied.add(await operations(of, next));
    watermark = next.watermark;
  }
  isWriting = false;
  await Promise.all(writers);
  const last = await planned(of, watermark);
  applied.add(await operations(of, last));
  const { rows } = await db.query("SELECT concat_ws('|', id, n, left(is_on::text, 1), md5(body)) AS row FROM never_pauses");
  const found = [...applied.rows.values()].map(({ id, n, is_on, body }) => `${id}|${n}|${is_on}|${md5(body ?? '')}`);
  expect(found.toSorted()).toEqual(rows.map(({ row }) => row).toSorted());
}, 90_000);

test('each operation comes once in the order of the log, with its key, its values as the server prints them and what was not sent', async () => {
  const { of, watermark } = await followed('all_kinds');
  await db.query(`INSERT INTO all_kinds VALUES (1, 10, true, E'a,"b"\\n\\\\N'), (2, NULL, false, ''), (3, 30, NULL, '${LONG}')`);
  await db.query('UPDATE all_kinds SET n = 31 WHERE id = 3');
  await db.query('UPDATE all_kinds SET id = 4 WHERE id = 3');
  await db.query('DELETE FROM all_kinds WHERE id = 1');
  await db.query('BEGIN; INSERT INTO all_kinds VALUES (99); ROLLBACK');
  const second = await planned(of, watermark);
  expect(second).toMatchObject({ complete: false, precision: 'exact', bounds: { lower: (watermark as { lsn: string }).lsn } });
  const none = { n: null, is_on: null, body: null, _kept: null };
  expect(what(await operations(of, second))).toEqual([
    { id: '1', n: '10', is_on: 't', body: 'a,"b"\n\\N', _operation: 'insert', _kept: null },
    { id: '2', n: null, is_on: 'f', body: '', _operation: 'insert', _kept: null },
    { id: '3', n: '30', is_on: null, body: LONG, _operation: 'insert', _kept: null },
    { id: '3', n: '31', is_on: null, body: null, _operation: 'update', _kept: '["body"]' },
    { id: '3', ...none, _operation: 'delete' },
    { id: '4', n: '31', is_on: null, body: LONG, _operation: 'insert', _kept: null },
    { id: '1', ...none, _operation: 'delete' },
  ]);
  await db.query('ALTER TABLE all_kinds REPLICA IDENTITY FULL');
  await db.query('UPDATE all_kinds SET n = 32 WHERE id = 4');
  await db.query('UPDATE all_kinds SET id = 5 WHERE id = 4');
  const third = await planned(of, second.watermark);
  expect(what(await operations(of, third))).toEqual([
    { id: '4', n: '32', is_on: null, body: LONG, _operation: 'update', _kept: null },
    { id: '4', ...none, _operation: 'delete' },
    { id: '5', n: '32', is_on: null, body: LONG, _operation: 'insert', _kept: null },
  ]);
  expect(await plan(of, third.watermark)).toBeUndefined();
});

/** The server's clock, in microseconds since 1970. */
const clock = async () => BigInt((await db.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now')).rows[0]?.now);

test('each operation says when its transaction was committed, and a row that was read when that was', async () => {
  const of = await table('timed');
  await db.query('INSERT INTO timed VALUES (1), (2)');
  const first = await planned(of);
  const times = [await clock()];
  const read = await operations(of, first);
  times.push(await clock());
  await db.query('BEGIN; INSERT INTO timed VALUES (3)');
  times.push(await clock());
  await db.query('UPDATE timed SET n = 1 WHERE id = 1; COMMIT');
  times.push(await clock());
  const second = await operations(of, await planned(of, first.watermark));
  const [beforeRead = 0n, read_ = 0n, beforeCommit = 0n, committed = 0n] = times;
  expect(read).toHaveLength(2);
  for (const { _changed_at } of read) expect(inside(_changed_at, beforeRead, read_)).toBe(true);
  expect(second).toHaveLength(2);
  for (const { _changed_at } of second) expect(inside(_changed_at, beforeCommit, committed)).toBe(true);
  expect(new Set(second.map(({ _changed_at }) => _changed_at)).size).toBe(1);
});

const inside = (time: string | null | undefined, from: bigint, to: bigint) => BigInt(time ?? 0) >= from && BigInt(time ?? 0) <= to;

test('what a table is read whole again as counts more than all before, also where that was told by another server or load mode', async () => {
  const { of, watermark } = await followed('once_more');
  await db.query('INSERT INTO once_more VALUES (1)');
  const before = await planned(of, watermark);
  const told = await positions(of, before);
  const again = await planned(of, before.watermark, 'full');
  await db.query('UPDATE once_more SET n = 1 WHERE id = 1');
  const read = await positions(of, again);
  const next = await positions(of, await planned(of, again.watermark));
  const elsewhere = await positions(of, await planned(of, { ...(again.watermark as object), lsn: 'FFFFFFF/0' }, 'full'));
  // A cursor's sequence is a time of rows that were written before.
  const now = await clock();
  const otherMode = await positions(of, await planned(of, { cursor: 'x' }));
  expectFollows(read, told);
  expectFollows(next, read);
  expectFollows(elsewhere, [0xfffffff00000000n - 1n]);
  expectFollows(otherMode, [now - 1n]);
});

const positions = async (of: Contract, batch: SourcePlan) => (await operations(of, batch)).map(({ _position }) => BigInt(_position ?? 0));

function expectFollows(later: bigint[], before: bigint[]): void {
  expect(later).not.toEqual([]);
  expect(later.filter((position) => before.some((other) => other >= position))).toEqual([]);
}

test('a transaction that is larger than a chunk comes in parts, each row once, and another try of a part is the same', async () => {
  const { of, watermark } = await followed('in_parts', { chunkRows: 10 });
  await db.query('INSERT INTO in_parts SELECT g, g FROM generate_series(1, 35) g; INSERT INTO in_parts VALUES (100)');
  await db.query('UPDATE in_parts SET id = id + 1000 WHERE id BETWEEN 30 AND 33');
  const second = await planned(of, watermark);
  const once = await take(of, second);
  expect(once.parts).toEqual([5]);
  expect(await take(of, second)).toEqual(once);
  const inserted = once.rows.filter(({ _operation }) => _operation === 'insert').map(({ id }) => Number(id));
  expect(inserted.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 35 }, (_, index) => index + 1), 100, 1030, 1031, 1032, 1033]);
});

/** A clock that jumps by an hour as the first transaction of a part begins, and after that by `pace` each time that it is looked at. */
function lateClock(pace: number): void {
  const { now } = Date;
  const { begin } = ChangeRows.prototype;
  let late = 0;
  jest.spyOn(ChangeRows.prototype, 'begin').mockImplementation(function (this: ChangeRows, ...transaction) {
    if (late === 0) late = HOUR_MS;
    begin.apply(this, transaction);
  });
  jest.spyOn(Date, 'now').mockImplementation(() => {
    if (late > 0) late += pace;
    return now() + late;
  });
}
const HOUR_MS = 3_600_000;

test('a part whose time is over before it is past what had landed goes on until it has new rows; each lands once', async () => {
  const { of, watermark } = await followed('late', { chunkRows: 10_000 });
  await db.query('INSERT INTO late SELECT generate_series(1, 35000)');
  const second = await planned(of, watermark);
  const part = (ticket: string | undefined) => takePart(of, second, second.chunks[0] as Chunk, ticket);
  const parts = [await part(undefined)];
  for (const pace of [HOUR_MS, 0]) {
    lateClock(pace);
    parts.push(await part(parts.at(-1)?.rest));
    jest.restoreAllMocks();
  }
  const [first = 0, hurried = 0, late = 0] = parts.map(({ rows }) => rows.length);
  for (let rest = parts.at(-1)?.rest; rest !== undefined; rest = parts.at(-1)?.rest) parts.push(await part(rest));
  const ids = parts.flatMap(({ rows }) => rows.map(({ id }) => Number(id)));
  expect(ids).toEqual(Array.from({ length: 35_000 }, (_, index) => index + 1));
  expect([first, late]).toEqual([10_000, 10_000]);
  expect(hurried).toBeGreaterThan(0);
  expect(hurried).toBeLessThan(10_000);
});

test('the server forgets what the ledger has committed and nothing before; what it was told twice it knows', async () => {
  const { of, watermark } = await followed('forgets');
  const { lsn, slot } = watermark as { lsn: string; slot: string };
  const confirmed = async () =>
    (await db.query('SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1', [slot])).rows[0]?.lsn;
  expect(await confirmed()).toBe(lsn);
  await db.query('INSERT INTO forgets VALUES (1)');
  const second = await planned(of, watermark);
  await operations(of, second);
  expect(await confirmed()).toBe(lsn);
  await confirm(of, second.watermark);
  await confirm(of, second.watermark);
  expect(await confirmed()).toBe((second.watermark as { lsn: string }).lsn);
});

test('while other tables are written and this one is not there is no batch, and the server keeps nothing for it', async () => {
  const { of, watermark } = await followed('quiet');
  await db.query('CREATE TABLE loud (id bigint); INSERT INTO loud SELECT generate_series(1, 1000)');
  const { rows: before } = await db.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  expect(await plan(of, watermark)).toBeUndefined();
  const { rows } = await db.query('SELECT confirmed_flush_lsn >= $2::pg_lsn AS told FROM pg_replication_slots WHERE slot_name = $1', [
    (watermark as { slot: string }).slot,
    before[0]?.lsn,
  ]);
  expect(rows).toEqual([{ told: true }]);
  await db.query('UPDATE quiet SET n = 1 WHERE id = 0');
  expect(what(await operations(of, await planned(of, watermark)))).toMatchObject([{ id: '0', n: '1', _operation: 'update' }]);
});

test('a table that is read whole again has a slot of its own, and the one before lasts until that is committed', async () => {
  const { of, watermark } = await followed('again');
  const whole = await planned(of, watermark, 'full');
  expect(whole.complete).toBe(true);
  await db.query('INSERT INTO again VALUES (7)');
  expect(what(await operations(of, await planned(of, watermark)))).toMatchObject([{ id: '7', _operation: 'insert' }]);
  await confirm(of, whole.watermark);
  await expect(plan(of, watermark)).rejects.toMatchObject({ code: 'SlotLost' });
  const after = await planned(of, whole.watermark);
  expect(what(await operations(of, after))).toMatchObject([{ id: '7', _operation: 'insert' }]);
});

const slotsOf = async (dataset: string) =>
  (
    await db.query<{ slot: string }>('SELECT slot_name AS slot FROM pg_replication_slots WHERE slot_name LIKE $1', [`%${dataset}%`])
  ).rows.map(({ slot }) => slot);

test('a trial of a plan asks all that a plan asks, and makes no slot', async () => {
  const of = await table('tried');
  const tried = () => sourceOf('postgres').plan({ contract: of, watermark: undefined, mode: 'incremental', isTrial: true });
  expect((await tried())?.chunks.map(({ id }) => id)).toEqual(['rows-0001', 'log-0001']);
  expect(await slotsOf('tried')).toEqual([]);
  await db.query('DROP PUBLICATION etl_tried');
  await expect(tried()).rejects.toMatchObject({ code: 'LogUnavailable' });
});

test('plans that come to nothing leave one slot, however many they are, and never take the committed one', async () => {
  const of = await table('given_up');
  await planned(of);
  const first = await planned(of);
  expect(await slotsOf('given_up')).toEqual([(first.watermark as { slot: string }).slot]);
  await take(of, first);
  await confirm(of, first.watermark);
  await planned(of, first.watermark, 'full');
  const again = await planned(of, first.watermark, 'full');
  expect((await slotsOf('given_up')).sort()).toEqual([first, again].map(({ watermark }) => (watermark as { slot: string }).slot).sort());
});

test('stages that read one database keep a slot each', async () => {
  const of = await table('shared');
  for (const stage of ['dev', 'prod']) {
    process.env.ETL_STAGE = stage;
    const first = await planned(of);
    await take(of, first);
    await confirm(of, first.watermark);
  }
  delete process.env.ETL_STAGE;
  expect((await slotsOf('shared')).sort()).toEqual([expect.stringMatching(/^etl_dev_/), expect.stringMatching(/^etl_prod_/)]);
});

test('a slot that another session reads is busy, which is tried again', async () => {
  const { of, watermark } = await followed('busy');
  // More than is read before anybody asks for it.
  await db.query(`INSERT INTO busy SELECT g, g, true, repeat('x', 500) FROM generate_series(1, 5000) g`);
  const second = await planned(of, watermark);
  const [chunk] = second.chunks;
  if (!chunk) throw new Error('expected a chunk');
  const request = { contract: of, plan: second as never, chunk, landing: '', ticket: undefined, signal: new AbortController().signal };
  const [one, other] = [await source.read(request), await source.read(request)];
  if (one.kind !== 'copy' || other.kind !== 'copy') throw new Error('expected streams as of COPY');
  const holding = one.bytes[Symbol.asyncIterator]();
  await holding.next();
  await expect(other.bytes[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'SourceBusy', retry: 'backoff' });
  await one.close();
  await other.close();
});

/** By month, with one partition; followed as any other table. */
async function partitioned(dataset: string) {
  await db.query(`CREATE TABLE ${dataset} (id bigint, n integer, is_on boolean, body text, PRIMARY KEY (id, n)) PARTITION BY RANGE (n)`);
  await db.query(`CREATE TABLE ${dataset}_1 PARTITION OF ${dataset} FOR VALUES FROM (0) TO (100)`);
  await db.query(`INSERT INTO ${dataset} SELECT g, g FROM generate_series(1, 20) g`);
  await db.query(`CREATE PUBLICATION etl_${dataset} FOR TABLE ${dataset} WITH (publish_via_partition_root = true)`);
  const of = contract({ dataset, columns: COLUMNS, key: ['id', 'n'], load: LOG });
  const first = await planned(of);
  const applied = new Applied();
  applied.add(await operations(of, first));
  await confirm(of, first.watermark);
  return { of, applied, watermark: first.watermark };
}

const rowsOf = async (dataset: string) => {
  const { rows } = await db.query<{ row: string }>(`SELECT concat_ws('|', id, n, body) AS row FROM ${dataset}`);
  return rows.map(({ row }) => row).toSorted();
};
const held = (applied: Applied) =>
  [...applied.rows.values()].map(({ id, n, body }) => [id, n, body].filter((each) => each !== null).join('|')).toSorted();

test('of a partitioned table rows come that move between partitions, and those of a partition that is made, or attached with rows of its own', async () => {
  const { of, applied, watermark } = await partitioned('parted');
  await db.query('CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200)');
  await db.query("INSERT INTO parted VALUES (101, 101, true, 'made'), (102, 102, NULL, NULL)");
  await db.query('UPDATE parted SET n = n + 100 WHERE id = 5');
  await db.query('CREATE TABLE parted_3 (LIKE parted INCLUDING ALL)');
  await db.query("INSERT INTO parted_3 SELECT g, g, false, 'attached' FROM generate_series(201, 203) g");
  await db.query('ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM (200) TO (300)');
  await db.query('UPDATE parted SET is_on = true WHERE id = 202; DELETE FROM parted WHERE id = 203');
  const second = await planned(of, watermark);
  applied.add(await operations(of, second));
  expect(held(applied)).toEqual(await rowsOf('parted'));
  await confirm(of, second.watermark);
  expect(await plan(of, second.watermark)).toBeUndefined();
  await db.query('DELETE FROM parted WHERE n > 100');
  const third = await planned(of, second.watermark);
  expect(third.chunks).toHaveLength(1);
  applied.add(await operations(of, third));
  expect(held(applied)).toEqual(await rowsOf('parted'));
});

describe('what cannot be followed is refused by name', () => {
  test.each([
    ['detached', 'ALTER TABLE $ DETACH PARTITION $_1', /1 of its partitions dropped or detached/],
    ['dropped', 'DROP TABLE $_1', /1 of its partitions dropped or detached/],
    ['emptied', 'TRUNCATE $_1', /_1 emptied or written anew/],
  ])('a partition that is %s, of which the log says nothing', async (how, change, message) => {
    const dataset = `part_${how}`;
    const { of, watermark } = await partitioned(dataset);
    await db.query(change.replaceAll('$', dataset));
    await expect(plan(of, watermark)).rejects.toMatchObject({ code: 'TableTruncated', message: expect.stringMatching(message) });
  });

  test.each([
    [
      'a publication that names its partitions',
      'ALTER PUBLICATION etl_$ SET (publish_via_partition_root = false)',
      /WITH \(publish_via_partition_root = true\)/,
    ],
    [
      'a partition that the log has not',
      'CREATE UNLOGGED TABLE $_u (LIKE $ INCLUDING ALL); ALTER TABLE $ ATTACH PARTITION $_u FOR VALUES FROM (900) TO (901)',
      /_u: foreign or UNLOGGED/,
    ],
  ])('of a partitioned table %s', async (name, change, message) => {
    const dataset = name.replaceAll(/\W/g, '_').slice(0, 25);
    const { of, watermark } = await partitioned(dataset);
    await db.query(change.replaceAll('$', dataset));
    await expect(plan(of, watermark)).rejects.toMatchObject({ code: 'LogUnavailable', message: expect.stringMatching(message) });
  });

  test('a TRUNCATE, and a table made anew', async () => {
    const { of, watermark } = await followed('emptied');
    await db.query('TRUNCATE emptied');
    const second = await planned(of, watermark);
    await expect(operations(of, second)).rejects.toMatchObject({ code: 'TableTruncated' });
    await db.query('DROP TABLE emptied');
    await db.query('CREATE TABLE emptied (id bigint PRIMARY KEY, n integer, is_on boolean, body text)');
    await db.query('ALTER PUBLICATION etl_emptied ADD TABLE emptied');
    await expect(plan(of, watermark)).rejects.toMatchObject({ code: 'TableTruncated' });
  });

  test('a slot that is gone', async () => {
    const { of, watermark } = await followed('gone');
    await db.query('SELECT pg_drop_replication_slot($1)', [(watermark as { slot: string }).slot]);
    await expect(plan(of, watermark)).rejects.toMatchObject({ code: 'SlotLost' });
  });

  test.each([
    ['no publication', 'DROP PUBLICATION etl_$', /a publication etl_.*CREATE PUBLICATION etl_/],
    ['a publication of some operations', "ALTER PUBLICATION etl_$ SET (publish = 'insert')", /not all of them/],
    ['a publication of some rows', 'ALTER PUBLICATION etl_$ SET TABLE $ WHERE (id > 1)', /those where/],
    ['rows that nothing identifies', 'ALTER TABLE $ REPLICA IDENTITY NOTHING', /found nothing/],
    [
      'a key that is not the contract’s',
      'ALTER TABLE $ DROP CONSTRAINT $_pkey, ADD PRIMARY KEY (id, n)',
      /found its primary key \((id, n|n, id)\)/,
    ],
    ['a column that the log has not', 'ALTER TABLE $ ADD COLUMN g integer GENERATED ALWAYS AS (n + 1) STORED', /g, which it has not/],
  ])('%s', async (name, change, message) => {
    const dataset = name.replaceAll(/\W/g, '_').slice(0, 30);
    const of = await table(dataset);
    await db.query(change.replaceAll('$', dataset));
    await expect(plan(of)).rejects.toMatchObject({ code: 'LogUnavailable', message: expect.stringMatching(message) });
  });

  test('a column renamed or retyped after what is to be read; one that came later is null until it was there', async () => {
    const { of, watermark } = await followed('changed');
    await db.query('INSERT INTO changed VALUES (1, 1, true, NULL)');
    await db.query('ALTER TABLE changed ADD COLUMN added text');
    await db.query("INSERT INTO changed VALUES (2, 2, true, NULL, 'new')");
    const added = await planned(of, watermark);
    expect(what(await operations(of, added))).toMatchObject([
      { id: '1', added: null },
      { id: '2', added: 'new' },
    ]);
    await db.query('ALTER TABLE changed RENAME COLUMN body TO content');
    const renamed: Contract = { ...of, columns: of.columns.map((each) => (each.name === 'body' ? { ...each, name: 'content' } : each)) };
    await expect(operations(renamed, await planned(renamed, watermark))).rejects.toMatchObject({ code: 'ColumnMissing' });
    const aliased: Contract = {
      ...renamed,
      columns: renamed.columns.map((each) => (each.name === 'content' ? { ...each, aliases: ['body'] } : each)),
    };
    expect(await operations(aliased, await planned(aliased, watermark))).toHaveLength(2);
    await db.query('ALTER TABLE changed ALTER COLUMN n TYPE text');
    const retyped: Contract = {
      ...aliased,
      columns: aliased.columns.map((each) => (each.name === 'n' ? { ...each, physicalType: 'text' } : each)),
    };
    await expect(operations(retyped, await planned(retyped, watermark))).rejects.toMatchObject({ code: 'ColumnTypeChanged' });
  });
});
