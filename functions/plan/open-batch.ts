/** Opens a dataset's batch, or finds the open one: from then on every run does the same work under the same names. */

import { type BatchMode, BatchPlan, readsSource } from '../batch/batch-plan.ts';
import { epochOf } from '../batch/epoch.ts';
import { batchFolder, manifestOf, planOf } from '../batch/layout.ts';
import type { Contract } from '../contract/contract.ts';
import { versionInSilver } from '../delta/version-in-silver.ts';
import { ObjectInvalid } from '../errors.ts';
import { acquire } from '../lease/acquire.ts';
import { releaseAfterFailure } from '../lease/after-failure.ts';
import { type Head, unitOf } from '../ledger/unit.ts';
import { readJson, writeJsonOnce } from '../objects.ts';
import type { PlannedDataset } from '../run/run-plan.ts';
import { confirm, sourceOf } from '../sources/by-kind.ts';
import type { SourcePlan } from '../sources/source.ts';
import { checkAbandoned, checkNotInSilver, checkOpenBatch } from './check-open-batch.ts';
import { whyOutdated } from './outdated-batch.ts';
import { releasePlan } from './release-plan.ts';
import { restoreOf, restorePlan, type WhatToRestore } from './restore-plan.ts';
import type { PlanServices, Run } from './services.ts';

export interface OpenedBatch {
  planned: PlannedDataset;
  chunkIds: string[];
}

export interface WhatToOpen {
  mode: BatchMode;
  /** Of a release: only rows that this rule set aside. */
  rule?: string | undefined;
  /** Of a restore: which table, and to what. */
  restore?: WhatToRestore | undefined;
  /** A person wants the open batch given up and planned anew. */
  abandon?: boolean | undefined;
}

/** Undefined when there is nothing new; the lease is free again then, and when anything failed. */
export async function openBatch(services: PlanServices, contract: Contract, run: Run, what: WhatToOpen): Promise<OpenedBatch | undefined> {
  const { ledger } = services;
  const unit = unitOf(contract.dataset);
  const head = await acquire(services, unit, run.executionArn);
  const lookedAt = readsSource(what.mode) ? services.now().toISOString() : undefined;
  try {
    await confirmLastCommit(services, contract, head);
    const seq = await batchToResume(services, contract, head, what);
    const opened =
      seq === undefined ? await planNew(services, contract, head, run, what) : await resume(services, contract, head, seq, run, what);
    if (!opened) await ledger.release(unit, head.token, lookedAt);
    return opened;
  } catch (error) {
    await releaseAfterFailure(ledger, unit, head.token);
    throw error;
  }
}

/** A run that died between its commit and the source's confirmation left this to the next one. */
async function confirmLastCommit({ ledger }: PlanServices, contract: Contract, head: Head): Promise<void> {
  if (head.watermark === undefined || head.receipt === undefined || head.confirmedSeq === head.receipt.seq) return;
  await confirm(contract, JSON.parse(head.watermark));
  await ledger.recordConfirmed(unitOf(contract.dataset), head.receipt.seq);
}

/**
 * The open batch, unless its plan can be carried out no more or a person says so: that one is abandoned first. One that Silver has goes on
 * whatever its landing said since.
 */
async function batchToResume(
  { env, ledger, now }: PlanServices,
  contract: Contract,
  head: Head,
  what: WhatToOpen,
): Promise<number | undefined> {
  const { openSeq: seq, token } = head;
  if (seq === undefined) return undefined;
  const unit = unitOf(contract.dataset);
  const batch = await ledger.batch(unit, seq);
  const { dataset } = contract;
  const reason = what.abandon ? 'as it was asked for' : await whyOutdated(lakeOf(env), dataset, batch);
  if (reason === undefined) return seq;
  const inSilver = await versionInSilver(lakeOf(env), dataset, seq);
  if (inSilver !== undefined && !what.abandon) return seq;
  if (batch?.mode === 'restore') checkAbandoned(await readPlan(batchFolder(env, contract.source, dataset, seq), dataset), what);
  if (inSilver !== undefined) await checkNotInSilver(lakeOf(env), dataset, seq, inSilver, what);
  // One that is refused, as for a version that is not there, gives up nothing.
  if (what.restore) await restoreOf(lakeOf(env), ledger, head, what.restore);
  await ledger.recordAbandoned(unit, { seq, token, reason, at: now().toISOString() });
  return undefined;
}

async function planNew(
  services: PlanServices,
  contract: Contract,
  head: Head,
  run: Run,
  what: WhatToOpen,
): Promise<OpenedBatch | undefined> {
  const { env, ledger, now } = services;
  const seq = head.seq + 1;
  const folder = batchFolder(env, contract.source, contract.dataset, seq);
  // A run that died between the plan's object and the ledger left a plan behind: that one is followed.
  const plan = (await readJson(planOf(folder), BatchPlan)) ?? (await writtenPlan(services, contract, head, seq, run, what));
  if (!plan) return undefined;
  await checkOpenBatch(lakeOf(env), plan, what);
  await ledger.recordOpen(unitOf(contract.dataset), {
    seq,
    token: head.token,
    plan: planOf(folder),
    mode: plan.mode,
    execution: run.executionArn,
    at: now().toISOString(),
  });
  return openedBatch(services, contract, head, plan, false);
}

/** What the source has that is new, as a plan in its place; undefined when it has nothing. */
async function writtenPlan(
  services: PlanServices,
  contract: Contract,
  head: Head,
  seq: number,
  run: Run,
  what: WhatToOpen,
): Promise<BatchPlan | undefined> {
  const { env, now } = services;
  const { dataset, source, version: contractVersion } = contract;
  const plannedAt = now().toISOString();
  const found = await whatToTake(services, contract, head, run, what);
  if (!found) return undefined;
  const folder = batchFolder(env, source, dataset, seq);
  await writeJsonOnce(planOf(folder), { dataset, seq, source, mode: what.mode, contractVersion, plannedAt, ...found } satisfies BatchPlan);
  return readPlan(folder, dataset);
}

async function whatToTake(
  { env, ledger, signal }: PlanServices,
  contract: Contract,
  head: Head,
  { run }: Run,
  { mode, rule, restore }: WhatToOpen,
): Promise<SourcePlan | undefined> {
  if (restore) return restorePlan(await restoreOf(lakeOf(env), ledger, head, restore), head);
  if (!readsSource(mode)) return releasePlan(head, rule);
  const watermark = head.watermark === undefined ? undefined : JSON.parse(head.watermark);
  return sourceOf(contract.source).plan({ run, contract, watermark, mode, signal });
}

async function resume(
  services: PlanServices,
  contract: Contract,
  head: Head,
  seq: number,
  run: Run,
  what: WhatToOpen,
): Promise<OpenedBatch> {
  const plan = await readPlan(batchFolder(services.env, contract.source, contract.dataset, seq), contract.dataset);
  await checkOpenBatch(lakeOf(services.env), plan, what);
  await services.ledger.recordJoined(unitOf(contract.dataset), seq, run.executionArn);
  return openedBatch(services, contract, head, plan, true);
}

async function readPlan(folder: string, dataset: string): Promise<BatchPlan> {
  const plan = await readJson(planOf(folder), BatchPlan);
  if (plan) return plan;
  throw new ObjectInvalid({
    dataset,
    expected: `the plan of the open batch at ${planOf(folder)}`,
    found: 'no such object',
    remedy: 'restore it from its versions in the landing bucket',
  });
}

function openedBatch(
  { env }: PlanServices,
  { dataset, source }: Contract,
  { token, epoch, receipt }: Head,
  plan: BatchPlan,
  resumed: boolean,
): OpenedBatch {
  const landing = batchFolder(env, source, dataset, plan.seq);
  return {
    planned: {
      dataset,
      source,
      seq: plan.seq,
      token,
      epoch: epochOf(plan.mode, plan.seq, epoch),
      after: receipt?.seq ?? null,
      landing,
      manifest: manifestOf(landing),
      chunks: plan.chunks.length,
      plannedAt: plan.plannedAt,
      resumed,
    },
    chunkIds: plan.chunks.map(({ id }) => id),
  };
}

const lakeOf = ({ LAKE_BUCKET }: PlanServices['env']) => `s3://${LAKE_BUCKET}`;
