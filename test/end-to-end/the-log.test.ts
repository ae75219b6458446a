import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { Output } from '../../cli/output.ts';
import { verify } from '../../cli/receipts/verify.ts';
import type { DatasetReport } from '../../cli/run-report.ts';
import type { Stage } from '../../cli/stage.ts';
import { functionName } from '../../config/names.ts';
import { ledgerClient } from '../../functions/aws/dynamodb.ts';
import { CompiledContracts } from '../../functions/contract/contract.ts';
import { readJson, writeJson } from '../../functions/objects.ts';
import { contract } from '../functions/contracts.ts';
import { snowflakeReader } from '../local/sample-data/readers.ts';
import { Loader } from '../local/snowflake/loader.ts';
import { CompactedTopic } from './compacted-topic.ts';
import { Lake } from './lake.ts';
import { asAdmin, connectAsAdmin } from './production-database.ts';

const lake = await Lake.open();
const client = new LambdaClient({});
/** Those of a run that read contracts. */
const FUNCTIONS = ['plan', 'extract', 'complete-landing', 'validate', 'route-results', 'plan-gold', 'commit', 'publish'];
let deployed: string;
let snowflake: ReturnType<typeof snowflakeReader>;
let loader: Loader;
let stock: CompactedTopic;

/** A table that PostgreSQL tells of by its log, of which every version is kept, one that Snowflake tells of by its changes, and one that a compacted topic is. */
const shipments = contract({
  dataset: 'shipments',
  columns: { id: 'bigint', state: 'text', weight: 'numeric(10,3)', note: 'text' },
  load: { mode: 'log', sequence: undefined, history: 'scd2' } as never,
});
const orderChanges = contract({
  dataset: 'order_changes',
  source: 'snowflake',
  object: 'public.customer_orders',
  columns: { order_id: 'varchar', customer_name: 'varchar', total_amount: 'number(18,2)' },
  key: ['order_id'],
  schemaPolicy: 'discard',
  load: { mode: 'changes', sequence: undefined } as never,
});
const stockLevels = contract({
  dataset: 'stock_levels',
  source: 'kafka',
  object: 'stock_levels',
  columns: { id: 'string', pieces: 'int' },
  load: { mode: 'compacted', sequence: undefined } as never,
});
const followed = [orderChanges, shipments, stockLevels];

beforeAll(async () => {
  const plan = await client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName('plan') }));
  deployed = plan.Environment?.Variables?.CONTRACTS_URL ?? '';
  const contracts = CompiledContracts.parse(await readJson(deployed, CompiledContracts));
  const address = deployed.replace(/[^/]+$/, 'with-followed.json');
  await writeJson(address, {
    ...contracts,
    datasets: { ...contracts.datasets, ...Object.fromEntries(followed.map((each) => [each.dataset, each])) },
  });
  await readContractsAt(address);
  await asAdmin(
    lake.stage,
    'CREATE TABLE shipments (id bigint PRIMARY KEY, state text, weight numeric(10,3), note text)',
    'ALTER TABLE shipments ALTER COLUMN note SET STORAGE EXTERNAL',
    'CREATE PUBLICATION etl_shipments FOR TABLE shipments',
    "INSERT INTO shipments SELECT g, 'new', g / 7.0, repeat(md5(g::text), 100) FROM generate_series(1, 40) g",
  );
  snowflake = snowflakeReader(snowflakeOf(lake.stage));
  loader = await Loader.open(snowflakeOf(lake.stage));
  await write(...['A', 'B', 'C'].map((id) => order('insert', id, 'first')));
  stock = await CompactedTopic.make('stock_levels', lake.stage);
  await stock.put({ screws: 100, nails: 50, 'glue, "strong"': 3 });
}, 120_000);
afterAll(async () => {
  await write(...['A', 'B', 'C', 'D'].map((id) => order('delete', id)));
  await stock.remove();
  await readContractsAt(deployed);
  await asAdmin(
    lake.stage,
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'etl_%'",
    'DROP TABLE shipments',
  );
  lake.close();
}, 120_000);

test('a table that is followed by its log, by its changes or by a compacted topic is in Silver what it is at the source, deletions among it', async () => {
  const { all, distinct } = await ordersAtSource();
  expect(await outcomes()).toEqual({
    shipments: { ...nothing, read: 40, inserted: 40 },
    order_changes: { ...nothing, read: all, inserted: distinct, superseded: all - distinct },
    stock_levels: { ...nothing, read: 3, inserted: 3 },
  });
  await asAdmin(
    lake.stage,
    "INSERT INTO shipments VALUES (41, 'new', 0.125, ''), (42, NULL, NULL, NULL)",
    "UPDATE shipments SET state = 'sent' WHERE id BETWEEN 1 AND 10",
    "UPDATE shipments SET state = 'lost' WHERE id = 1",
    'UPDATE shipments SET id = 1000 WHERE id = 2',
    'DELETE FROM shipments WHERE id IN (3, 20, 21)',
    "INSERT INTO shipments VALUES (20, 'back', 1, 'again')",
  );
  await write(order('update', 'A', 'second'), order('delete', 'B'), order('delete', 'C'), order('insert', 'D', 'first'));
  await write(order('insert', 'C', 'back'), order('insert', 'E', 'goes'));
  await write(order('delete', 'E'));
  await stock.put({ screws: 90, nails: 40, hooks: 7 });
  await stock.put({ screws: 80, nails: null });
  expect(await outcomes()).toEqual({
    shipments: { ...nothing, read: 19, inserted: 4, updated: 11, deleted: 4 },
    // Of an update a deletion and an insertion are told; of what comes and goes, nothing.
    order_changes: { ...nothing, read: 6, inserted: 1, updated: 2, superseded: 2, deleted: 1 },
    stock_levels: { ...nothing, read: 5, inserted: 1, updated: 1, superseded: 2, deleted: 1 },
  });
  await expectSilverAsSource();
  // By now the log does not send what was left as it was, and Silver has it.
  await asAdmin(lake.stage, "UPDATE shipments SET state = 'there' WHERE id = 5", 'DELETE FROM shipments WHERE id = 20');
  await write(order('insert', 'B', 'again'), order('update', 'A', null), order('delete', 'D'));
  await stock.put({ nails: 20, hooks: null, unknown: null });
  expect(await outcomes()).toEqual({
    shipments: { ...nothing, read: 2, updated: 1, deleted: 1 },
    order_changes: { ...nothing, read: 4, inserted: 1, updated: 1, superseded: 1, deleted: 1 },
    stock_levels: { ...nothing, read: 3, inserted: 1, unchanged: 1, deleted: 1 },
  });
  await expectSilverAsSource();
  expect(await versionsOf('1', '5', '20')).toEqual([
    ['1', 'new', 'sent', 'lost'],
    ['5', 'new', 'sent', 'there'],
    ['20', 'new', 'gone', 'back', 'gone'],
  ]);
  expect((await lake.load({ datasets: names })).datasets).toEqual(
    names.map((dataset) => ({ dataset, batch: undefined, status: 'unchanged' })),
  );
}, 300_000);

test('changes that Snowflake keeps no more are named, with the run that reads the table whole; then Silver is what it is, and every receipt holds', async () => {
  await write(order('delete', 'A'), order('insert', 'D', 'third'));
  await forgetChanges();
  const run = await lake.run({ datasets: ['order_changes'] });
  expect(run).toMatchObject({ status: 'FAILED', error: 'ChangesExpired' });
  expect(run.cause).toContain('npx etl run --dataset order_changes --mode full --wait');
  expect((await lake.load({ datasets: ['order_changes'], mode: 'full' })).datasets).toMatchObject([
    { dataset: 'order_changes', inserted: 1, removed: 1 },
  ]);
  await expectSilverAsSource();
  const { datasets, findings } = await verify(lake.stage, lake.ledger, followed, new Date(), new Output(false));
  expect(findings).toEqual([]);
  const { all, distinct } = await ordersAtSource();
  expect(datasets).toMatchObject([
    { dataset: 'order_changes', batches: 4, landing: 2 * all + 10, bronze: 2 * all + 10, silver: distinct, quarantine: 0 },
    { dataset: 'shipments', batches: 3, landing: 61, bronze: 61, silver: 56, quarantine: 0 },
    { dataset: 'stock_levels', batches: 3, landing: 11, bronze: 11, silver: 3, quarantine: 0 },
  ]);
}, 300_000);

const names = followed.map(({ dataset }) => dataset);
const nothing = { read: 0, inserted: 0, updated: 0, unchanged: 0, superseded: 0, deleted: 0, quarantined: 0 };

/** By dataset, of a run of both. */
async function outcomes() {
  const { datasets } = await lake.load({ datasets: names });
  return Object.fromEntries(
    (datasets as Partial<DatasetReport>[]).map(({ dataset, read, inserted, updated, unchanged, superseded, deleted, quarantined }) => [
      dataset,
      { read, inserted, updated, unchanged, superseded, deleted, quarantined },
    ]),
  );
}

async function expectSilverAsSource(): Promise<void> {
  expect(await inSilver(SHIPMENT, 'shipments WHERE is_current')).toEqual(await shipmentsAtSource());
  const { once, twice } = await ordersAtSource();
  const orders = await inSilver(ORDER.join(', '), 'order_changes');
  expect(orders.filter((row) => !twice.has(keyOf(row)))).toEqual(once);
  expect(new Set(orders.map(keyOf)).size).toBe(orders.length);
  expect(orders.length).toBe(once.length + twice.size);
  expect(await inSilver('id, pieces', 'stock_levels')).toEqual(sorted([...stock.table].map(([id, pieces]) => [id, String(pieces)])));
}

const SHIPMENT = 'CAST(id AS varchar), state, weight, note';
const ORDER = ['order_id', 'customer_name', 'total_amount'];
const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
const inSilver = async (columns: string, table: string) => sorted((await ask(lake.stage, `SELECT ${columns} FROM silver.${table}`)).rows);

/** The states of each id one after another; `gone` where it was not there before the next one, or is not now. */
async function versionsOf(...ids: string[]): Promise<string[][]> {
  const { rows } = await ask(
    lake.stage,
    `SELECT CAST(id AS varchar), state, CAST(valid_from AS varchar), CAST(valid_to AS varchar) FROM silver.shipments
     WHERE id IN (${ids.join(', ')}) ORDER BY valid_from`,
  );
  return ids.map((id) => {
    const versions = rows.filter((row) => row[0] === id);
    const states = versions.map(([, state, , until], at) => (until === (versions[at + 1]?.[2] ?? null) ? [state] : [state, 'gone']));
    return [id, ...states.flat().map(String)];
  });
}

async function shipmentsAtSource(): Promise<string[]> {
  const db = await connectAsAdmin(lake.stage);
  try {
    return sorted((await db.query({ text: `SELECT ${SHIPMENT} FROM shipments`, rowMode: 'array' })).rows);
  } finally {
    await db.end();
  }
}

/** Of the sample's orders some are there twice, against what load mode `changes` asks for: of such a key either row may stay. */
async function ordersAtSource() {
  const rows = sorted((await snowflake.table('customer_orders', ORDER)).map((row) => ORDER.map((column) => row[column] ?? null)));
  const keys = rows.map(keyOf);
  const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return { all: rows.length, distinct: new Set(keys).size, once: rows.filter((row) => !twice.has(keyOf(row))), twice };
}

const keyOf = (row: string): string => JSON.parse(row)[0];

/** In one transaction, of rows that no one else has: they are gone again at the end. */
const write = (...changes: ReturnType<typeof order>[]) => loader.change('customer_orders', 'order_id', changes);

function order(op: 'insert' | 'update' | 'delete', id: string, customer_name: string | null = null) {
  return { op, row: { order_id: `FOLLOWED-${id}`, customer_name, total_amount: '1.50', updated_at: '2024-01-15 10:00:00+00' } };
}

function snowflakeOf({ environment }: Stage) {
  if (!environment?.snowflake) throw new Error('expected Snowflake in the environment');
  return environment.snowflake;
}

/** The stand-in has a table's past from when the table was made: as though the last batch had been before that. */
async function forgetChanges(): Promise<void> {
  const Key = { pk: 'DATASET#order_changes', sk: 'HEAD' };
  const TableName = lake.stage.names.tables.ledger;
  const watermark = JSON.stringify({ change: 'another', until: '2020-01-01 00:00:00.000000000 +00:00' });
  const ExpressionAttributeValues = { ':watermark': watermark };
  await ledgerClient.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'SET watermark = :watermark', ExpressionAttributeValues }));
}

/** As a deployment does that changes nothing else. */
async function readContractsAt(address: string): Promise<void> {
  for (const folder of FUNCTIONS) {
    const FunctionName = functionName(folder);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, CONTRACTS_URL: address };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60 }, { FunctionName });
  }
}
