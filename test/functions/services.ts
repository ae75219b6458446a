/** What the functions that plan and commit are given, with buckets and a ledger of the test file's own. */
import { beforeAll } from '@jest/globals';
import { ledgerClient } from '../../functions/aws/dynamodb.ts';
import { emr } from '../../functions/aws/emr.ts';
import { stepFunctions } from '../../functions/aws/step-functions.ts';
import type { CompiledContracts, Contract } from '../../functions/contract/contract.ts';
import type { Environment } from '../../functions/environment.ts';
import { Ledger } from '../../functions/ledger/ledger.ts';
import type { PlanServices } from '../../functions/plan/services.ts';
import { createBucket } from './bucket.ts';
import { createLedgerTable, LEDGER_TABLE } from './ledger-table.ts';

export const env: Environment = {
  ETL_STAGE: 'test',
  LEDGER_TABLE,
  LAKE_BUCKET: '',
  LANDING_BUCKETS: { snowflake: '', postgres: '', kafka: '' },
  RECEIPTS_BUCKET: '',
  STATE_MACHINE_ARN: '',
  TOPIC_ARN: '',
  CONTRACTS_URL: 's3://contracts/contracts.json',
  SETTINGS: {
    concurrency: { postgres: 4, snowflake: 3, kafka: 2 },
    rerun: { maxPerWindow: 3, windowHours: 6 },
    maintenance: { vacuumDays: 30 },
  },
};

export const ledger = new Ledger(ledgerClient, LEDGER_TABLE);

/** Makes the buckets and the table before the tests of the file. */
export function makeServices(): void {
  beforeAll(async () => {
    await createLedgerTable();
    for (const name of ['LAKE_BUCKET', 'RECEIPTS_BUCKET'] as const) env[name] = await createBucket();
    for (const kind of ['snowflake', 'postgres', 'kafka'] as const) env.LANDING_BUCKETS[kind] = await createBucket();
  });
}

/** `now`: as a clock that stands still. */
export function servicesFor(contracts: Contract[], now = '2026-05-01T12:00:00.000Z'): PlanServices {
  const datasets = Object.fromEntries(contracts.map((contract) => [contract.dataset, contract]));
  const compiled: CompiledContracts = { datasets, gold: {} };
  const { signal } = new AbortController();
  return { env, contracts: compiled, ledger, stepFunctions, emr, now: () => new Date(now), signal, deadline: Date.now() + 10_000 };
}
