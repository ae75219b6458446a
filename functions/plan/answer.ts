/** What came of each dataset that a run was asked for: a batch to load, nothing new, or a problem of its own. */
import type { Contract } from '../contract/contract.ts';
import { PipelineError } from '../errors.ts';
import type { Problem } from '../run/run-plan.ts';
import { type OpenedBatch, openBatch, type WhatToOpen } from './open-batch.ts';
import type { PlanServices, Run } from './services.ts';

export type Answer = OpenedBatch | { unchanged: string } | { problem: Problem };

/** Tries of a plan, as the state machine's Retry has them. */
const ATTEMPTS = 3;

/** `attempt`: how often this plan was tried before; a source that is out of reach for a moment is asked again. */
export async function answersFor(
  services: PlanServices,
  contracts: Contract[],
  run: Run,
  request: WhatToOpen & { attempt: number },
): Promise<Answer[]> {
  const answers = contracts.map((contract) => answerFor(services, contract, run, request));
  // All are waited for, even when one has failed: a function that answers before would go on with the rest beside its own next try.
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

/** One dataset's failure is its own: it is recorded and the others go on. */
async function answerFor(
  services: PlanServices,
  contract: Contract,
  run: Run,
  { attempt, ...what }: WhatToOpen & { attempt: number },
): Promise<Answer> {
  const { dataset } = contract;
  try {
    return (await openBatch(services, contract, run, what)) ?? { unchanged: dataset };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    // What took the whole time would take that of the next try too, and the others wait for it.
    const isWorthAnother = error.retry === 'backoff' && attempt + 1 < ATTEMPTS && !services.signal.aborted;
    // The leases that this run has taken meanwhile are its own still when it plans again.
    if (isWorthAnother) throw error;
    return { problem: { dataset, error: error.code, cause: error.message } };
  }
}
