/** Decides what a maintenance changes in the ledger: a dataset's Silver version, and Gold's inputs with it, move on to the version that has the same rows. */
import { METRICS } from '../../config/metrics.ts';
import { ResultsMissing } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { GOLD, unitOf } from '../ledger/unit.ts';
import { MaintenancePlan } from '../maintenance/maintenance-plan.ts';
import { MaintenanceResults, maintenanceResultsAddress } from '../maintenance/maintenance-results.ts';
import { readJson } from '../objects.ts';
import { recordMetric } from '../record-metric.ts';
import type { Problem } from '../run/run-plan.ts';

interface Moved {
  from: number;
  to: number;
}

/** May come twice. @throws ResultsMissing. */
export async function recordMaintenance(ledger: Ledger, address: string): Promise<{ maintained: number; failed: Problem[] }> {
  const plan = await readJson(address, MaintenancePlan);
  const written = plan && (await readJson(maintenanceResultsAddress(plan.results), MaintenanceResults));
  if (!written) {
    throw new ResultsMissing({
      expected: `the plan of the maintenance at ${address}, and its results`,
      found: 'no such object, though the step ended well',
      remedy: `look at the step's log: npx etl logs spark`,
    });
  }
  const moved = movedVersions(written);
  // Datasets first: a version that Gold has and no dataset would read as a Gold that is behind.
  for (const { name, token } of plan.held.filter(({ name }) => name !== GOLD)) {
    const to = moved.get(name)?.to;
    await (to === undefined ? ledger.release(unitOf(name), token) : ledger.recordMaintained(unitOf(name), token, { silverVersion: to }));
  }
  const gold = plan.held.find(({ name }) => name === GOLD);
  if (gold) {
    const { inputs = {} } = await ledger.head(GOLD);
    await ledger.recordMaintained(GOLD, gold.token, { inputs: movedOn(inputs, moved) });
  }
  return { maintained: recordMetrics(written), failed: failuresOf(written) };
}

function movedVersions({ tables }: MaintenanceResults): Map<string, Moved> {
  const moved = new Map<string, Moved>();
  for (const [table, result] of Object.entries(tables)) {
    const [layer, name = ''] = table.split('.');
    if (layer !== 'silver' || result.status !== 'ok' || result.sameRowsAs === undefined) continue;
    moved.set(name, { from: result.sameRowsAs, to: result.version });
  }
  return moved;
}

/** What Gold was built from otherwise stays: it is behind, and is built from the newer version. */
function movedOn(inputs: Record<string, number>, moved: Map<string, Moved>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, version]) => {
      const to = moved.get(name);
      return [name, to?.from === version ? to.to : version];
    }),
  );
}

function recordMetrics({ tables }: MaintenanceResults): number {
  const measured = Object.entries(tables).flatMap(([Table, result]) =>
    result.status === 'ok' && result.after ? [{ Table, ...result.after }] : [],
  );
  for (const { Table, smallFiles, bytes } of measured) {
    recordMetric(METRICS.smallFiles, { Table }, smallFiles);
    recordMetric(METRICS.tableBytes, { Table }, bytes);
  }
  return measured.length;
}

function failuresOf({ tables }: MaintenanceResults): Problem[] {
  return Object.entries(tables).flatMap(([dataset, result]) =>
    result.status === 'failed' ? [{ dataset, error: result.error, cause: result.cause }] : [],
  );
}
