/** What is told to the ledger after a failure, which goes on under its own name whatever becomes of the telling. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Abandoning } from '../ledger/record-abandoned.ts';
import type { Unit } from '../ledger/unit.ts';
import { logger } from '../middleware.ts';

/** A lease that stays is taken over by the next run, since its owner has ended by then. */
export async function releaseAfterFailure(ledger: Ledger, unit: Unit, token: number): Promise<void> {
  await told(unit, 'the lease was not freed', () => ledger.release(unit, token));
}

/** A batch that stays open is found by the next run, which fails in the same way and gives it up then. */
export async function abandonAfterFailure(ledger: Ledger, unit: Unit, abandoning: Abandoning): Promise<void> {
  await told(unit, 'the batch was not given up', () => ledger.recordAbandoned(unit, abandoning));
}

async function told(unit: Unit, otherwise: string, tell: () => Promise<unknown>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    logger.warn(otherwise, { unit, error: error instanceof Error ? error.name : String(error) });
  }
}
