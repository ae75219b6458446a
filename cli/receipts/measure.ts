/** Has the lake measured by content: one execution of `verify-receipts`, which starts a cluster and runs one Spark step. */
import { readJson, writeJson } from '../../functions/objects.ts';
import { planAddress, runFolder } from '../../functions/run/addresses.ts';
import { CommandFailed } from '../command-failed.ts';
import { startMachine } from '../execution.ts';
import type { Output } from '../output.ts';
import type { Stage } from '../stage.ts';
import { toldExecution } from '../told-execution.ts';
import { MeasuredLake, type MeasurePlan } from './measured.ts';

/** @throws CommandFailed when it could not be measured. */
export async function measure(stage: Stage, datasets: MeasurePlan['datasets'], now: Date, output: Output): Promise<MeasuredLake> {
  const lake = `s3://${stage.names.buckets.lake}`;
  const folder = runFolder(lake, `verify-${now.toISOString().replace(/[:.]/g, '-')}`);
  const plan: MeasurePlan = { lake, measured: `${folder}/measured.json`, datasets };
  await writeJson(planAddress(folder), plan);
  const { status, error, cause } = await toldExecution(
    stage,
    await startMachine(stage.names.machines.verify, { plan: planAddress(folder) }),
    output,
  );
  const measured = status === 'SUCCEEDED' ? await readJson(plan.measured, MeasuredLake) : undefined;
  if (measured) return measured;
  throw new CommandFailed({
    expected: 'the lake to be measured',
    found: `${status}: ${error}: ${cause}`,
    remedy: 'npx etl logs spark; nothing was changed by it, so it may simply be started again',
  });
}
