/** Decides whether Gold is this run's to build, and from which Silver versions: written once, so that a repeat builds the same. */

import { DatasetBusy } from '../errors.ts';
import { committedVersions, definitionsOf, isBehind, type SilverVersions } from '../gold/gold-inputs.ts';
import type { GoldPlan } from '../gold/gold-plan.ts';
import { acquire } from '../lease/acquire.ts';
import { GOLD, type Head } from '../ledger/unit.ts';
import { writeJson, writeJsonOnce } from '../objects.ts';
import { padded } from '../padded.ts';
import type { PlanServices } from '../plan/services.ts';
import { resultsAddress } from '../run/addresses.ts';
import { readRunPlan } from '../run/read-run-plan.ts';

/** `build: false`: Gold is up to date, or another run builds it and will see what this one committed. */
export type PlannedGold = { build: true; n: number; token: number; plan: string } | { build: false; why: string };

export async function planGold(
  services: PlanServices,
  { run, executionArn, results }: { run: string; executionArn: string; results: string },
): Promise<PlannedGold> {
  const { ledger, env, contracts, now } = services;
  const head = await leased(services, executionArn);
  if (head === undefined) return { build: false, why: 'another run builds Gold and looks again before it ends' };
  const versions = await committedVersions(ledger, contracts);
  if (!isBehind(head, versions, definitionsOf(contracts.gold))) {
    await ledger.release(GOLD, head.token);
    return { build: false, why: 'Gold has all of Silver' };
  }
  const n = head.openSeq ?? head.seq + 1;
  const plan = `s3://${env.LAKE_BUCKET}/gold-plans/${padded(n)}.json`;
  if (head.openSeq === undefined) {
    await writeJsonOnce(plan, await goldPlan(services, run, head, n, versions));
    await ledger.recordOpen(GOLD, {
      seq: n,
      token: head.token,
      plan,
      mode: 'incremental',
      execution: executionArn,
      at: now().toISOString(),
    });
  } else {
    await ledger.recordJoined(GOLD, n, executionArn);
  }
  await writeJson(resultsAddress(results, 'plan-gold'), { n, epoch: head.epoch, plan });
  return { build: true, n, token: head.token, plan };
}

async function goldPlan(
  { env, contracts }: PlanServices,
  run: string,
  { rebuild }: Head,
  n: number,
  versions: SilverVersions,
): Promise<GoldPlan> {
  const plan = await readRunPlan(`s3://${env.LAKE_BUCKET}`, run);
  const asDeployed = plan?.contracts === env.CONTRACTS_URL;
  return {
    n,
    inputs: Object.fromEntries(Object.entries(versions).map(([dataset, version]) => [dataset, { version }])),
    ...(asDeployed ? { definitions: definitionsOf(contracts.gold) } : {}),
    whole: [...(rebuild ?? [])].sort(),
  };
}

async function leased(services: PlanServices, owner: string) {
  try {
    return await acquire(services, GOLD, owner);
  } catch (error) {
    if (error instanceof DatasetBusy) return undefined;
    throw error;
  }
}
