/** Decides what a maintenance works on: the tables of every dataset, and of Gold, that no run holds and that have no open batch. */
import { contractIn } from '../contract/contract-in.ts';
import { BatchOpen, DatasetBusy } from '../errors.ts';
import { acquire } from '../lease/acquire.ts';
import { GOLD, type Head, nameOf, type Unit, unitOf } from '../ledger/unit.ts';
import { type MaintenancePlan, maintenanceAddress } from '../maintenance/maintenance-plan.ts';
import { writeJson } from '../objects.ts';
import type { PlanServices } from '../plan/services.ts';
import { resultsOf, runFolder } from '../run/addresses.ts';
import type { Problem } from '../run/run-plan.ts';

interface Request {
  run: string;
  executionArn: string;
  request: { datasets?: string[] | undefined };
}

export interface PlannedMaintenance extends Pick<MaintenancePlan, 'leftOut'> {
  plan: string;
  tables: number;
}

type Answer = { unit: Unit; head: Head } | Problem;

/** @throws ContractInvalid, PreviousRunStopping. */
export async function planMaintenance(services: PlanServices, { run, executionArn, request }: Request): Promise<PlannedMaintenance> {
  const { env, contracts } = services;
  const datasets = request.datasets?.map((name) => contractIn(contracts, name).dataset) ?? Object.keys(contracts.datasets);
  // Gold is asked for even where only datasets are maintained: it is told of the versions that it reads next.
  const answers = await Promise.all([...datasets.map(unitOf), GOLD].map((unit) => taken(services, unit, executionArn)));
  const held = answers.flatMap((answer) => ('unit' in answer ? [answer] : []));
  const lake = `s3://${env.LAKE_BUCKET}`;
  const plan: MaintenancePlan = {
    run,
    lake,
    contracts: env.CONTRACTS_URL,
    results: resultsOf(runFolder(lake, run)),
    tables: held.flatMap(({ unit }) => (unit === GOLD ? (request.datasets ? [] : goldTables(contracts)) : tablesOf(nameOf(unit)))),
    pinned: Object.fromEntries(
      held.flatMap(({ unit, head: { silverVersion } }) => (silverVersion === undefined ? [] : [[nameOf(unit), silverVersion]])),
    ),
    vacuumHours: env.SETTINGS.maintenance.vacuumDays * 24,
    held: held.map(({ unit, head: { token } }) => ({ name: nameOf(unit), token })),
    leftOut: answers.flatMap((answer) => ('error' in answer ? [answer] : [])),
  };
  const address = maintenanceAddress(runFolder(lake, run));
  await writeJson(address, plan);
  return { plan: address, tables: plan.tables.length, leftOut: plan.leftOut };
}

const tablesOf = (dataset: string) => ['bronze', 'silver', 'quarantine'].map((layer) => `${layer}.${dataset}`);
const goldTables = ({ gold }: PlanServices['contracts']) => Object.keys(gold).map((model) => `gold.${model}`);

/** What is left out keeps its name and its reason; nothing of it is held. */
async function taken(services: PlanServices, unit: Unit, owner: string): Promise<Answer> {
  try {
    const head = await acquire(services, unit, owner);
    if (head.openSeq === undefined) return { unit, head };
    await services.ledger.release(unit, head.token);
    throw new BatchOpen({
      dataset: nameOf(unit),
      expected: 'no batch to be open, since the ledger does not know yet which version has it',
      found: `batch ${head.openSeq}`,
      remedy: 'start the pipeline, which goes on with it: npx etl run',
    });
  } catch (error) {
    if (!(error instanceof DatasetBusy || error instanceof BatchOpen)) throw error;
    return { dataset: nameOf(unit), error: error.code, cause: error.message };
  }
}
