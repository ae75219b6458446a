/** The environment that a deployed function finds: its variables, and the contracts at their address. */
import type { Contract } from '../../functions/contract/contract.ts';
import { writeJson } from '../../functions/objects.ts';
import { env, servicesFor } from './services.ts';

/** Call it before the first function of the test file is: functions read their environment once. */
export async function deployed(contracts: Contract[]): Promise<void> {
  const { SETTINGS, LANDING_BUCKETS, ...names } = env;
  const CONTRACTS_URL = `s3://${env.LAKE_BUCKET}/contracts.json`;
  await writeJson(CONTRACTS_URL, servicesFor(contracts).contracts);
  const asJson = { SETTINGS: JSON.stringify(SETTINGS), LANDING_BUCKETS: JSON.stringify(LANDING_BUCKETS) };
  Object.assign(process.env, names, asJson, { CONTRACTS_URL });
}
