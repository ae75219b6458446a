/** Commits one batch: the receipt's object first, then watermark, batch, receipt head and lease in one transaction, then the source is told. */

import { readsSource } from '../batch/batch-plan.ts';
import { epochOf } from '../batch/epoch.ts';
import type { Manifest } from '../batch/manifest.ts';
import type { Contract } from '../contract/contract.ts';
import { contractIn } from '../contract/contract-in.ts';
import { type Head, unitOf } from '../ledger/unit.ts';
import { padded } from '../padded.ts';
import type { Outcomes } from '../run/layer-results.ts';
import { confirm } from '../sources/by-kind.ts';
import { recordBatch } from './batch-metrics.ts';
import { type LoadedBatch, loadedBatch } from './loaded-batch.ts';
import { type Receipt, receiptOf } from './receipt.ts';
import type { CommitServices } from './services.ts';
import { storeReceipt } from './store-receipt.ts';

export interface BatchToCommit {
  dataset: string;
  seq: number;
  token: number;
  results: string;
}

export interface Committed {
  dataset: string;
  seq: number;
  outcomes: Outcomes;
  deletedByAbsence: number;
}

/** @throws ReceiptMismatch, LayerFailed, LeaseLost. */
export async function commitBatch(services: CommitServices, batch: BatchToCommit): Promise<Committed> {
  const { dataset, seq } = batch;
  const contract = contractIn(services.contracts, dataset);
  const loaded = await loadedBatch(services.env, contract, seq, batch.results);
  const head = await services.ledger.head(unitOf(dataset));
  const before = head.receipt?.seq === seq ? undefined : head.receipt;
  const receipt = receiptOf(loaded.manifest, loaded.bronze, loaded.silver, before?.hash ?? null);
  await commitOnce(services, batch, head, loaded, receipt);
  await tellSource(services, contract, head, loaded.manifest);
  return { dataset, seq, ...countsOf(receipt) };
}

async function commitOnce(
  { env, ledger, now }: CommitServices,
  { dataset, seq, token }: BatchToCommit,
  head: Head,
  { manifest, silver }: LoadedBatch,
  receipt: Receipt,
): Promise<void> {
  const unit = unitOf(dataset);
  if ((await ledger.batch(unit, seq))?.state === 'committed') return;
  const address = `s3://${env.RECEIPTS_BUCKET}/${dataset}/${padded(seq)}.json`;
  const hash = await storeReceipt(address, receipt);
  await ledger.recordCommit({
    unit,
    seq,
    token,
    watermarkBefore: head.watermark,
    set: {
      watermark: JSON.stringify(manifest.watermark),
      receipt: { seq, hash },
      silverVersion: silver.version,
      observedAt: readsSource(manifest.mode) ? manifest.plannedAt : head.observedAt,
      epoch: epochOf(manifest.mode, seq, head.epoch),
    },
    outcome: { receipt: address, hash, ...countsOf(receipt) },
    at: now().toISOString(),
  });
  recordBatch(dataset, silver, (now().getTime() - Date.parse(manifest.plannedAt)) / 1000);
}

/** The content by batch may be long; it stands in the receipt alone. */
function countsOf({ silver: { outcomes, deletedByAbsence } }: Receipt): Pick<Committed, 'outcomes' | 'deletedByAbsence'> {
  return { outcomes, deletedByAbsence };
}

/** Not by a run that comes back after a later batch was committed: it would move the source's position back. */
async function tellSource({ ledger }: CommitServices, contract: Contract, { receipt }: Head, { seq, watermark }: Manifest): Promise<void> {
  if (receipt !== undefined && receipt.seq > seq) return;
  await confirm(contract, watermark);
  await ledger.recordConfirmed(unitOf(contract.dataset), seq);
}
