/** Frees a unit after a failure, which goes on under its own name whatever becomes of the release. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Unit } from '../ledger/unit.ts';
import { logger } from '../middleware.ts';

/** A lease that stays is taken over by the next run, since its owner has ended by then. */
export async function releaseAfterFailure(ledger: Ledger, unit: Unit, token: number): Promise<void> {
  try {
    await ledger.release(unit, token);
  } catch (error) {
    logger.warn('the lease was not freed', { unit, error: error instanceof Error ? error.name : String(error) });
  }
}
