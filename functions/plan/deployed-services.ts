/** The services that planning works with in a deployment. */
import { emr } from '../aws/emr.ts';
import { stepFunctions } from '../aws/step-functions.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import type { Invocation } from '../middleware.ts';
import type { PlanServices } from './services.ts';

/** How long the clusters of an ended run are waited for: a cluster takes a minute or two to end, and the next try of the plan waits for the rest of it. */
const CLUSTERS_MS = 60_000;

export async function deployedServices({ signal }: Invocation): Promise<PlanServices> {
  return {
    env: environment(),
    contracts: await contracts(),
    ledger: deployedLedger(),
    stepFunctions,
    emr,
    now: () => new Date(),
    signal,
    deadline: Date.now() + CLUSTERS_MS,
  };
}
