/** Decides whether an open batch can still be carried out as it was planned, by how its landing ended in the runs before. */
import * as errors from '../errors.ts';
import type { Batch } from '../ledger/unit.ts';
import { readJson } from '../objects.ts';
import { resultsAddress, resultsOf, runFolder } from '../run/addresses.ts';
import { LayerResults } from '../run/layer-results.ts';
import { runNameOf } from '../run/run-name.ts';

/** Errors of a source or a landing that is not any more what the plan was made for: reading by the same plan would end the same way. */
const OUTDATES: ReadonlySet<string> = new Set(
  Object.values(errors).flatMap((each) => ('planAfter' in each && each.planAfter === 'plan anew' ? [each.code] : [])),
);

/**
 * The name of the error that outdates the plan; undefined while the batch can go on.
 * Landing comes before every layer, so nothing of a batch that failed there is in a table by that run; by another run it may be.
 */
export async function whyOutdated(lake: string, dataset: string, batch: Batch | undefined): Promise<string | undefined> {
  for (const execution of batch?.executions ?? []) {
    const landing = await readJson(resultsAddress(resultsOf(runFolder(lake, runNameOf(execution))), 'landing'), LayerResults);
    const result = landing?.datasets[dataset];
    if (result?.status === 'failed' && OUTDATES.has(result.error)) return result.error;
  }
  return undefined;
}
