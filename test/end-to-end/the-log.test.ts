import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { Output } from '../../cli/output.ts';
import { verify } from '../../cli/receipts/verify.ts';
import type { DatasetReport } from '../../cli/run-report.ts';
import { functionName } from '../../config/names.ts';
import { CompiledContracts } from '../../functions/contract/contract.ts';
import { readJson, writeJson } from '../../functions/objects.ts';
import { contract } from '../functions/contracts.ts';
import { Lake } from './lake.ts';
import { asAdmin, connectAsAdmin } from './production-database.ts';

const lake = await Lake.open();
const client = new LambdaClient({});
/** Those of a run that read contracts. */
const FUNCTIONS = ['plan', 'extract', 'complete-landing', 'validate', 'route-results', 'plan-gold', 'commit', 'publish'];
let deployed: string;

const shipments = contract({
  dataset: 'shipments',
  columns: { id: 'bigint', state: 'text', weight: 'numeric(10,3)', note: 'text' },
  load: { mode: 'log', sequence: undefined } as never,
});

beforeAll(async () => {
  const plan = await client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName('plan') }));
  deployed = plan.Environment?.Variables?.CONTRACTS_URL ?? '';
  const contracts = CompiledContracts.parse(await readJson(deployed, CompiledContracts));
  const address = deployed.replace(/[^/]+$/, 'with-shipments.json');
  await writeJson(address, { ...contracts, datasets: { ...contracts.datasets, shipments } });
  await readContractsAt(address);
  await asAdmin(
    lake.stage,
    'CREATE TABLE shipments (id bigint PRIMARY KEY, state text, weight numeric(10,3), note text)',
    'ALTER TABLE shipments ALTER COLUMN note SET STORAGE EXTERNAL',
    'CREATE PUBLICATION etl_shipments FOR TABLE shipments',
    "INSERT INTO shipments SELECT g, 'new', g / 7.0, repeat(md5(g::text), 100) FROM generate_series(1, 40) g",
  );
}, 120_000);
afterAll(async () => {
  await readContractsAt(deployed);
  await asAdmin(
    lake.stage,
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'etl_%'",
    'DROP TABLE shipments',
  );
  lake.close();
}, 120_000);

test('a table that is followed by its log is in Silver what it is at the source, deletions among it, and every receipt holds', async () => {
  expect(await outcomes()).toMatchObject({ read: 40, inserted: 40 });
  await asAdmin(
    lake.stage,
    "INSERT INTO shipments VALUES (41, 'new', 0.125, ''), (42, NULL, NULL, NULL)",
    "UPDATE shipments SET state = 'sent' WHERE id BETWEEN 1 AND 10",
    "UPDATE shipments SET state = 'lost' WHERE id = 1",
    'UPDATE shipments SET id = 1000 WHERE id = 2',
    'DELETE FROM shipments WHERE id IN (3, 20, 21)',
    "INSERT INTO shipments VALUES (20, 'back', 1, 'again')",
  );
  expect(await outcomes()).toEqual({ read: 19, inserted: 3, updated: 9, unchanged: 0, superseded: 4, deleted: 3, quarantined: 0 });
  expect(await silver()).toEqual(await source());
  // By now the log does not send what was left as it was, and Silver has it.
  await asAdmin(lake.stage, "UPDATE shipments SET state = 'there' WHERE id = 5", 'DELETE FROM shipments WHERE id = 20');
  expect(await outcomes()).toMatchObject({ read: 2, updated: 1, deleted: 1 });
  expect(await silver()).toEqual(await source());
  expect((await lake.load({ datasets: ['shipments'] })).datasets).toEqual([
    { dataset: 'shipments', batch: undefined, status: 'unchanged' },
  ]);
  const { datasets, findings } = await verify(lake.stage, lake.ledger, [shipments], new Date(), new Output(false));
  expect(findings).toEqual([]);
  expect(datasets).toMatchObject([{ batches: 3, landing: 61, bronze: 61, silver: (await source()).length, quarantine: 0 }]);
}, 300_000);

async function outcomes() {
  const { datasets } = await lake.load({ datasets: ['shipments'] });
  const [{ read, inserted, updated, unchanged, superseded, deleted, quarantined } = {}] = datasets as Partial<DatasetReport>[];
  return { read, inserted, updated, unchanged, superseded, deleted, quarantined };
}

const COLUMNS = 'CAST(id AS varchar), state, weight, note';

async function source(): Promise<string[]> {
  const db = await connectAsAdmin(lake.stage);
  try {
    const { rows } = await db.query({ text: `SELECT ${COLUMNS} FROM shipments`, rowMode: 'array' });
    return rows.map((row) => JSON.stringify(row)).sort();
  } finally {
    await db.end();
  }
}

const silver = async () => (await ask(lake.stage, `SELECT ${COLUMNS} FROM silver.shipments`)).rows.map((row) => JSON.stringify(row)).sort();

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
