/** What may happen between a plan and its last landed chunk, by real servers: nothing is lost, nothing comes twice, and the error has its name. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { storedObject } from '../../../functions/batch/stored-object.ts';
import { extractChunk } from '../../../functions/extract/extract-chunk.ts';
import { readJson, writeJson } from '../../../functions/objects.ts';
import { openBatch } from '../../../functions/plan/open-batch.ts';
import { until } from '../../until.ts';
import { contract } from '../contracts.ts';
import { deployed } from '../deployed.ts';
import { runningExecution } from '../executions.ts';
import { setSecret } from '../secret.ts';
import { makeServices, servicesFor } from '../services.ts';
import { hashBySql } from '../sources/postgres/hash-by-sql.ts';
import { OwnServer } from '../sources/postgres/own-server.ts';
import { TcpProxy } from '../tcp-proxy.ts';
import { temporaryFolder } from '../temporary-folder.ts';

makeServices();
temporaryFolder();
const ROWS = 20_000;
const server = new OwnServer();
let proxy: TcpProxy;
let db: pg.Client;
let port: number;
/** Each fault has a table and a dataset of its own. Those of 20 MB do not fit into what lies on the way between server and function. */
const LARGE = ['restarted', 'cut', 'cut_at_end', 'overtaken', 'timed_out'];
const names = [...LARGE, 'rotated', 'behind', 'ahead', 'gone', 'widened', 'renamed', 'retyped'];
const datasets = names.map((dataset) =>
  contract({
    dataset,
    columns: { id: 'bigint', filler: 'text', updated_at: 'timestamptz' },
    load: { chunkRows: dataset === 'rotated' ? 5_000 : 500_000 },
  }),
);

beforeAll(async () => {
  await server.start();
  db = await server.connect();
  for (const name of names) await fill(name);
  proxy = new TcpProxy({ host: '127.0.0.1', port: server.secret.port });
  port = await proxy.listen();
  await setSecret('etl/postgres', { ...server.secret, port });
  await deployed(datasets);
}, 60_000);
afterEach(() => {
  proxy.cutAfter = Number.POSITIVE_INFINITY;
  proxy.release();
});
afterAll(async () => {
  await proxy.close();
  await server.end();
});

async function fill(name: string) {
  await db.query(`CREATE TABLE ${name} (id bigint PRIMARY KEY, filler text, updated_at timestamptz DEFAULT now())`);
  await db.query(
    `INSERT INTO ${name} SELECT n, repeat(md5(n::text), ${LARGE.includes(name) ? 30 : 1}), '2026-01-01' FROM generate_series(1, ${ROWS}) n`,
  );
  await db.query(`ANALYZE ${name}`);
}

/** The dataset's batch, opened or resumed by a run of its own, as `plan` does it. */
async function opened(dataset: string) {
  const of = datasets.find((each) => each.dataset === dataset);
  if (!of) throw new Error(`no dataset ${dataset}`);
  const run = { run: `run-of-${dataset}`, executionArn: await runningExecution(), startedAt: '2026-05-01T12:00:00Z' };
  const batch = await openBatch(servicesFor(datasets), of, run, { mode: 'incremental' });
  if (!batch) throw new Error(`expected something new of ${dataset}`);
  return batch;
}
const extract = (dataset: string, landing: string, chunk = 'rows-0001', signal = new AbortController().signal) =>
  extractChunk({ dataset, chunk, landing }, { signal });
const landed = (landing: string, chunk = 'rows-0001') => storedObject(`${landing}/${chunk}.parquet`);
const whole = (dataset: string) => hashBySql(db, dataset, ['id', 'filler', 'updated_at']);

/** Begins to read a chunk and waits until some of it has come. */
async function halfway(dataset: string, landing: string, signal?: AbortSignal) {
  proxy.holdAfter = 4_000_000;
  const reading = extract(dataset, landing, 'rows-0001', signal);
  reading.catch(() => undefined); // It is looked at later.
  await until('some of the chunk to have come', () => proxy.holds);
  return { reading };
}

test('the server restarts in the middle of COPY: SourceInterrupted, nothing landed, and the next try brings all', async () => {
  const { planned } = await opened('restarted');
  const expected = await whole('restarted');
  const { reading } = await halfway('restarted', planned.landing);
  await server.kill();
  proxy.release();
  await expect(reading).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff', dataset: 'restarted' });
  await expect(extract('restarted', planned.landing)).rejects.toMatchObject({ retry: 'backoff' });
  expect(await landed(planned.landing)).toBeUndefined();
  await server.start();
  db = await server.connect();
  expect(await extract('restarted', planned.landing)).toEqual({ status: 'landed', rows: ROWS });
  expect(await landed(planned.landing)).toMatchObject(expected);
});

test('a connection that is cut in the middle is SourceInterrupted, and the next try brings all', async () => {
  const { planned } = await opened('cut');
  proxy.cutAfter = 4_000_000;
  await expect(extract('cut', planned.landing)).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff' });
  expect(await landed(planned.landing)).toBeUndefined();
  proxy.cutAfter = Number.POSITIVE_INFINITY;
  await extract('cut', planned.landing);
  expect(await landed(planned.landing)).toMatchObject(await whole('cut'));
});

test('a stream that is cut just before its end never looks complete', async () => {
  const { planned } = await opened('cut_at_end');
  const plan = await readJson(`${planned.landing}/_plan.json`, BatchPlan);
  await extract('cut_at_end', planned.landing);
  const all = proxy.sent;
  expect(all).toBeGreaterThan(10_000_000);
  // What ends a COPY, and a session, is some tens of bytes: cut within them, between them, and before them.
  for (const missing of [30, 60, 100, 200, 1_000]) {
    const folder = planned.landing.replace('cut_at_end', `cut_${missing}`);
    await writeJson(`${folder}/_plan.json`, plan);
    proxy.cutAfter = all - missing;
    const outcome = await extract('cut_at_end', folder).then(
      ({ status }) => status,
      ({ code }: { code: string }) => code,
    );
    // All rows and the server's own count had come, or nothing has landed.
    const stored = await landed(folder);
    if (outcome === 'landed') expect(stored).toMatchObject(await whole('cut_at_end'));
    else expect([outcome, stored]).toEqual(['SourceInterrupted', undefined]);
    if (missing >= 200) expect(outcome).toBe('SourceInterrupted');
  }
});

test('credentials that are rotated between two chunks: the old ones are refused by name, and the new ones go on with the same plan', async () => {
  const { planned, chunkIds } = await opened('rotated');
  expect(chunkIds.length).toBeGreaterThanOrEqual(4);
  const [first = '', second = '', ...others] = chunkIds;
  await extract('rotated', planned.landing, first);
  await db.query("ALTER ROLE etl_reader PASSWORD 'rotated'");
  await expect(extract('rotated', planned.landing, second)).rejects.toMatchObject({ code: 'CredentialRejected', retry: 'never' });
  await setSecret('etl/postgres', { ...server.secret, port, password: 'rotated' });
  for (const chunk of [first, second, ...others]) await extract('rotated', planned.landing, chunk);
  const stored = await Promise.all(chunkIds.map((chunk) => landed(planned.landing, chunk)));
  expect(stored.reduce((sum, object) => sum + (object?.rows ?? 0), 0)).toBe(ROWS);
  await db.query(`ALTER ROLE etl_reader PASSWORD '${server.secret.password}'`);
  await setSecret('etl/postgres', { ...server.secret, port });
});

test.each([
  ['behind', -3_600_000],
  ['ahead', 3_600_000],
])('a clock of the function that is an hour %s moves no bound: the server says what time it is', async (dataset, by) => {
  jest.useFakeTimers({
    now: Date.now() + by,
    advanceTimers: true,
    doNotFake: [
      'setTimeout',
      'setInterval',
      'setImmediate',
      'nextTick',
      'queueMicrotask',
      'performance',
      'hrtime',
      'clearTimeout',
      'clearInterval',
      'clearImmediate',
    ],
  });
  try {
    const { planned } = await opened(dataset);
    const { bounds } = (await readJson(`${planned.landing}/_plan.json`, BatchPlan)) as BatchPlan;
    const { rows } = await db.query(
      "SELECT $1::timestamptz BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() AS right",
      [(bounds as { upper: string }).upper],
    );
    expect(rows).toEqual([{ right: true }]);
    await extract(dataset, planned.landing);
    expect(await landed(planned.landing)).toMatchObject(await whole(dataset));
  } finally {
    jest.useRealTimers();
  }
});

test('a table that is dropped between plan and read is TableMissing, for which the next run plans anew', async () => {
  const { planned } = await opened('gone');
  await db.query('DROP TABLE gone');
  await expect(extract('gone', planned.landing)).rejects.toMatchObject({ code: 'TableMissing', retry: 'never' });
  expect(await landed(planned.landing)).toBeUndefined();
});

test('a column that is added between plan and read waits for the next batch', async () => {
  const { planned } = await opened('widened');
  const expected = await whole('widened');
  await db.query("ALTER TABLE widened ADD COLUMN more text DEFAULT 'x'");
  await extract('widened', planned.landing);
  expect(await landed(planned.landing)).toMatchObject(expected);
});

test('a column that is renamed between plan and read is ColumnMissing, with its name', async () => {
  const { planned } = await opened('renamed');
  await db.query('ALTER TABLE renamed RENAME COLUMN filler TO filling');
  await expect(extract('renamed', planned.landing)).rejects.toMatchObject({
    code: 'ColumnMissing',
    found: expect.stringContaining('filler'),
  });
});

test('a column whose type changes between plan and read is ColumnTypeChanged: nothing is rounded on the way', async () => {
  const { planned } = await opened('retyped');
  await db.query('ALTER TABLE retyped ALTER COLUMN id TYPE numeric USING id + 0.5');
  await expect(extract('retyped', planned.landing)).rejects.toMatchObject({
    code: 'ColumnTypeChanged',
    expected: expect.stringContaining('id'),
  });
  expect(await landed(planned.landing)).toBeUndefined();
});

test('an attempt that ends after a newer one does not win: the object stays as it was, and both say the same of it', async () => {
  const { planned } = await opened('overtaken');
  const { reading: older } = await halfway('overtaken', planned.landing);
  // Of the older attempt's snapshot there is more than of the newer one's.
  await db.query('DELETE FROM overtaken WHERE id > 10');
  await setSecret('etl/postgres', server.secret);
  expect(await extract('overtaken', planned.landing)).toEqual({ status: 'landed', rows: 10 });
  const stored = await landed(planned.landing);
  proxy.release();
  expect(await older).toEqual({ status: 'landed', rows: 10 });
  expect(await landed(planned.landing)).toEqual(stored);
  expect(stored).toMatchObject(await whole('overtaken'));
  await setSecret('etl/postgres', { ...server.secret, port });
});

test('an attempt that runs out of time in the middle of a chunk is ChunkDeadline, lands nothing, and the next one brings all', async () => {
  const { planned } = await opened('timed_out');
  const time = new AbortController();
  const { reading } = await halfway('timed_out', planned.landing, time.signal);
  time.abort();
  await expect(reading).rejects.toMatchObject({ code: 'ChunkDeadline', retry: 'backoff' });
  proxy.release();
  expect(await landed(planned.landing)).toBeUndefined();
  const sessions = async () => (await db.query("SELECT FROM pg_stat_activity WHERE application_name LIKE 'etl read timed_out%'")).rowCount;
  await until('the session of the reader to end', async () => (await sessions()) === 0);
  await extract('timed_out', planned.landing);
  expect(await landed(planned.landing)).toMatchObject(await whole('timed_out'));
});
