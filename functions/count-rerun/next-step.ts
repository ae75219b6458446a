/** Decides, from what is to mend, what the machine does next; every dataset it starts is counted first. */
import type { ToMend } from './datasets-to-mend.ts';

export interface NextStep {
  /** `leave`: another rerun looks after it. */
  next: 'run' | 'wait' | 'leave' | 'exhausted' | 'mended';
  /** What to start now. */
  datasets: string[];
  /** What was started as often as it may be. */
  exhausted: string[];
}

/** `mayRun` counts a dataset and says whether the limit allows it once more. */
export async function nextStep(found: ToMend[], mayRun: (dataset: string) => Promise<boolean>): Promise<NextStep> {
  const idle = found.filter(({ running }) => !running);
  const allowed = await Promise.all(idle.map(async ({ dataset }) => ({ dataset, allowed: await mayRun(dataset) })));
  const datasets = allowed.flatMap((each) => (each.allowed ? [each.dataset] : []));
  const exhausted = allowed.flatMap((each) => (each.allowed ? [] : [each.dataset]));
  if (datasets.length > 0) return { next: 'run', datasets, exhausted };
  if (idle.length < found.length) return { next: 'wait', datasets, exhausted };
  return { next: exhausted.length > 0 ? 'exhausted' : 'mended', datasets, exhausted };
}
