/** Cleans up after an execution that ended otherwise than well: its clusters are ended and its leases freed. */

import * as z from 'zod';
import { emr } from '../aws/emr.ts';
import { awaitEnd } from '../clusters/end-clusters.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { PreviousRunStopping } from '../errors.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { GOLD, unitOf } from '../ledger/unit.ts';
import { handlerOf } from '../middleware.ts';
import { readRunPlan } from '../run/read-run-plan.ts';
import { runNameOf } from '../run/run-name.ts';
import { recordRun } from '../run/run-record.ts';

/** The event of EventBridge; or the same from the state machine itself while it runs. */
const Input = z.object({ detail: z.object({ executionArn: z.string(), status: z.string() }) });

/** A cluster takes a minute or two to end; the rest is the next invocation's. */
const WAIT_MS = 120_000;

export const handler = handlerOf(Input, async ({ detail: { executionArn, status } }) => {
  if (!(await awaitEnd(emr, executionArn, Date.now() + WAIT_MS))) {
    throw new PreviousRunStopping({
      expected: 'the clusters of the execution to end',
      found: `some of ${executionArn} still run`,
      remedy: 'nothing: this is tried again',
    });
  }
  const released = await releaseLeases(executionArn);
  if (status !== 'RUNNING') await recordEnd(runNameOf(executionArn));
  return { executionArn, released };
});

/** A run that ended before it could leave its record: what it had committed by then counts as loaded. */
async function recordEnd(run: string): Promise<void> {
  const ledger = deployedLedger();
  const plan = await readRunPlan(`s3://${environment().LAKE_BUCKET}`, run);
  const states = (plan?.datasets ?? []).map(async ({ dataset, seq }) =>
    (await ledger.batch(unitOf(dataset), seq))?.state === 'committed' ? [dataset] : [],
  );
  await recordRun(environment(), await contracts(), { run, loaded: (await Promise.all(states)).flat(), failed: [], endedAt: new Date() });
}

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
