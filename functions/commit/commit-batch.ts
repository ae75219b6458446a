/** Commits one batch: the receipt's object first, then watermark, batch, receipt head and lease in one transaction, then the source is told. */

import { z } from 'zod';
import { batchFolder, manifestOf, padded } from '../batch/layout.ts';
import { Manifest } from '../batch/manifest.ts';
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { ContractInvalid, LayerFailed, ReceiptMismatch } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { unitOf } from '../ledger/unit.ts';
import { readJson, writeJsonOnce } from '../objects.ts';
import { resultsAddress } from '../run/addresses.ts';
import { type Layer, type LayerResult, LayerResults, type Outcomes } from '../run/layer-results.ts';
import { confirm } from '../sources/by-kind.ts';
import { recordBatch } from './batch-metrics.ts';
import { type Receipt, receiptHash, receiptOf } from './receipt.ts';

export interface CommitServices {
  env: Environment;
  ledger: Ledger;
  contracts: CompiledContracts;
  now: () => Date;
}

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

/** @throws ReceiptMismatch, LeaseLost. */
export async function commitBatch(
  { env, ledger, contracts, now }: CommitServices,
  { dataset, seq, token, results }: BatchToCommit,
): Promise<Committed> {
  const contract = contracts.datasets[dataset];
  if (!contract) throw new ContractInvalid({ dataset, expected: 'a contract', found: 'none', remedy: 'deploy again with the contract' });
  const unit = unitOf(dataset);
  const manifest = await readJson(manifestOf(batchFolder(env, contract.source, dataset, seq)), Manifest);
  const bronze = await layerResult(results, 'bronze', dataset);
  const silver = await layerResult(results, 'silver', dataset);
  if (!manifest || silver.outcomes === undefined) {
    throw new ReceiptMismatch({
      dataset,
      expected: `batch ${seq} with a manifest and outcomes`,
      found: 'one of them missing',
      remedy: 'start the pipeline again: the batch is resumed',
    });
  }
  const head = await ledger.head(unit);
  const before = head.receipt?.seq === seq ? undefined : head.receipt;
  const receipt = receiptOf(manifest, bronze, silver, before?.hash ?? null);
  const address = `s3://${env.RECEIPTS_BUCKET}/${dataset}/${padded(seq)}.json`;
  if ((await ledger.batch(unit, seq))?.state !== 'committed') {
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
        observedAt: manifest.plannedAt,
      },
      outcome: { receipt: address, hash, outcomes: silver.outcomes, deletedByAbsence: silver.deletedByAbsence ?? 0 },
      at: now().toISOString(),
    });
    recordBatch(dataset, silver.outcomes, (now().getTime() - Date.parse(manifest.plannedAt)) / 1000);
  }
  // A run that comes back after a later batch was committed must not move the source's position back.
  if (head.receipt === undefined || head.receipt.seq <= seq) {
    await confirm(contract, manifest.watermark);
    await ledger.recordConfirmed(unit, seq);
  }
  return { dataset, seq, outcomes: silver.outcomes, deletedByAbsence: silver.deletedByAbsence ?? 0 };
}

async function layerResult(results: string, layer: Layer, dataset: string): Promise<Extract<LayerResult, { status: 'ok' }>> {
  const written = await readJson(resultsAddress(results, layer), LayerResults);
  const result = written?.datasets[dataset];
  if (result?.status === 'ok') return result;
  throw new LayerFailed({
    dataset,
    expected: `${layer} to have taken the batch`,
    found: result ? result.error : 'nothing of it in the results',
    remedy: 'start the pipeline again: the batch is resumed',
  });
}

/** The first writer's receipt stands. The bytes are deterministic, so another one is a different content: that is refused. */
async function storeReceipt(address: string, receipt: Receipt): Promise<string> {
  const hash = receiptHash(receipt);
  if (await writeJsonOnce(address, receipt)) return hash;
  const stored = await readJson(address, z.custom<Receipt>());
  if (stored && receiptHash(stored) === hash) return hash;
  throw new ReceiptMismatch({
    dataset: receipt.dataset,
    expected: `the same receipt for batch ${receipt.seq} as was stored at ${address}`,
    found: 'another content',
    remedy: 'see docs/runbook.md#receipt-mismatch',
  });
}
