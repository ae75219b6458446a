/** Decides whether Gold is this run's to build, and from which Silver versions: written once, so that a repeat builds the same. */
import { z } from 'zod';
import { DatasetBusy } from '../errors.ts';
import { padded } from '../landing/layout.ts';
import { acquire } from '../ledger/acquire.ts';
import { GOLD } from '../ledger/unit.ts';
import { readJson, writeJson, writeJsonOnce } from '../objects.ts';
import type { PlanServices } from '../plan/plan-run.ts';
import { resultsAddress } from '../run/run-plan.ts';
import { committedVersions, differ } from './gold-inputs.ts';

export const GoldPlan = z.object({ n: z.number().int(), inputs: z.record(z.string(), z.object({ version: z.number().int() })) });
export type GoldPlan = z.infer<typeof GoldPlan>;

/** `build: false`: Gold is up to date, or another run builds it and will see what this one committed. */
export type PlannedGold = { build: true; n: number; token: number; plan: string } | { build: false; why: string };

export async function planGold(
  services: PlanServices,
  { executionArn, results }: { executionArn: string; results: string },
): Promise<PlannedGold> {
  const { ledger, env, contracts, now } = services;
  const head = await leased(services, executionArn);
  if (head === undefined) return { build: false, why: 'another run builds Gold and looks again before it ends' };
  const versions = await committedVersions(ledger, contracts);
  if (head.openSeq === undefined && !differ(head.inputs ?? {}, versions)) {
    await ledger.release(GOLD, head.token);
    return { build: false, why: 'Gold has all of Silver' };
  }
  const n = head.openSeq ?? head.seq + 1;
  const plan = `s3://${env.LAKE_BUCKET}/gold-plans/${padded(n)}.json`;
  if (head.openSeq === undefined) {
    await writeJsonOnce(plan, {
      n,
      inputs: Object.fromEntries(Object.entries(versions).map(([dataset, version]) => [dataset, { version }])),
    } satisfies GoldPlan);
    await ledger.openBatch(GOLD, {
      seq: n,
      token: head.token,
      plan,
      mode: 'incremental',
      execution: executionArn,
      at: now().toISOString(),
    });
  } else {
    await ledger.joinBatch(GOLD, n, executionArn);
  }
  await writeJson(resultsAddress(results, 'plan-gold'), { n, epoch: head.epoch, plan });
  return { build: true, n, token: head.token, plan };
}

async function leased(services: PlanServices, owner: string) {
  try {
    return await acquire(services, GOLD, owner);
  } catch (error) {
    if (error instanceof DatasetBusy) return undefined;
    throw error;
  }
}

/** The Silver versions that build `plan` pinned. */
export async function pinnedVersions(plan: string): Promise<Record<string, number>> {
  const pinned = await readJson(plan, GoldPlan);
  return Object.fromEntries(Object.entries(pinned?.inputs ?? {}).map(([dataset, { version }]) => [dataset, version]));
}
