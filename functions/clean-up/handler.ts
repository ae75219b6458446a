/** Cleans up after an execution that ended otherwise than well: its clusters are ended and its leases freed. */

import * as z from 'zod';
import { emr } from '../aws/emr.ts';
import { awaitEnd } from '../clusters/end-clusters.ts';
import { contracts } from '../contract/fetch.ts';
import { PreviousRunStopping } from '../errors.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { GOLD, unitOf } from '../ledger/unit.ts';
import { handlerOf } from '../middleware.ts';

/** The event of EventBridge, of which only the execution counts; or the same from the state machine itself. */
const Input = z.object({ detail: z.object({ executionArn: z.string(), status: z.string() }) });

/** A cluster takes a minute or two to end; the rest is the next invocation's. */
const WAIT_MS = 120_000;

export const handler = handlerOf(Input, async ({ detail: { executionArn } }) => {
  if (!(await awaitEnd(emr, executionArn, Date.now() + WAIT_MS))) {
    throw new PreviousRunStopping({
      expected: 'the clusters of the execution to end',
      found: `some of ${executionArn} still run`,
      remedy: 'nothing: this is tried again',
    });
  }
  return { executionArn, released: await releaseLeases(executionArn) };
});

/** Only after its steps are seen to have ended: until then the lease keeps others from the dataset. */
async function releaseLeases(owner: string): Promise<string[]> {
  const ledger = deployedLedger();
  const units = [...Object.keys((await contracts()).datasets).map(unitOf), GOLD];
  const released = await Promise.all(
    units.map(async (unit) => {
      const { lease } = await ledger.head(unit);
      return lease?.owner === owner && (await ledger.release(unit, lease.token)) ? [unit] : [];
    }),
  );
  return released.flat();
}
