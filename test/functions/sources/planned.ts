/** Asks the source of a contract for a batch, as a run does. */
import type { Mode } from '../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { sourceOf } from '../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../functions/sources/source.ts';

export function plan(of: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan | undefined> {
  return sourceOf(of.source).plan({ contract: of, watermark, mode });
}

/** Where the test says that there is something new. */
export async function planned(of: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan> {
  const found = await plan(of, watermark, mode);
  if (!found) throw new Error('expected something new to plan; found nothing');
  return found;
}
