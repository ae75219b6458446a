/** A plan that takes longer than the function has is its dataset's own failure: cut off, the function would take all others of the run with it. */
import { SourceBusy } from '../errors.ts';
import type { PlanRequest, Source, SourcePlan } from './source.ts';
import { until } from './until.ts';

/** @throws SourceBusy */
export async function planInTime(source: Pick<Source, 'plan'>, request: PlanRequest): Promise<SourcePlan | undefined> {
  const { contract, signal } = request;
  if (!signal) return source.plan(request);
  try {
    return await until(signal, source.plan(request));
  } catch (error) {
    throw signal.aborted ? late(contract.dataset, error) : error;
  }
}

function late(dataset: string, cause: unknown): SourceBusy {
  return new SourceBusy({
    dataset,
    expected: "what is new to be found within the function's time",
    found: 'that it was not, 60 s before the limit',
    remedy: 'nothing where the source had much to do; if it stays so, have an index made on the sequence, or take a larger warehouse',
    cause,
  });
}
