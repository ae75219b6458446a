/** The receipt of a batch: what went in and what became of it, layer by layer, chained to the receipt before. Deterministic bytes. */
import { createHash } from 'node:crypto';
import { addHashes } from '../batch/layer-hash.ts';
import type { Manifest } from '../batch/manifest.ts';
import { ReceiptMismatch } from '../errors.ts';
import type { Outcomes, Taken } from '../run/layer-results.ts';
import { addSums, type TableContent } from '../run/table-content.ts';

export interface Receipt {
  dataset: string;
  seq: number;
  contractVersion: string;
  mode: string;
  /** `exact`: no row that was invisible at the bound was passed; `bounded`: by the lookback only. */
  precision: string;
  /** `lost`: what the source no longer had, and the contract accepts as lost. */
  bounds: { lower?: unknown; upper?: unknown; lost?: unknown };
  landing: { rows: number; hash: string; objects: { key: string; rows: number; hash: string }[] };
  /** `takenBack`: rows that quarantine held; without them Bronze has what landed. */
  bronze: { rows: number; hash: string; takenBack?: { rows: number; hash: string } };
  /** `setAside`: of a restore, the rows in quarantine by batch that was replayed: the rules may be others than when its own receipt was written. */
  silver: { outcomes: Outcomes; deletedByAbsence: number; content: TableContent; setAside?: Record<string, number> };
  /** Hash of the receipt before; null for the first. */
  previous: string | null;
}

/** @throws ReceiptMismatch when the layers do not agree by content, or an outcome is missing. */
export function receiptOf(manifest: Manifest, bronze: Taken, silver: Taken, previous: string | null): Receipt {
  const { dataset, seq, contractVersion, mode, precision, bounds } = manifest;
  const { outcomes } = silver;
  if (!outcomes) throw mismatch(dataset, seq, 'the outcomes of Silver', 'none');
  const { takenBack } = bronze;
  const rows = manifest.rows + (takenBack?.rows ?? 0);
  const hash = takenBack ? addHashes(manifest.hash, takenBack.hash) : manifest.hash;
  if (bronze.rows !== rows || bronze.hash !== hash) {
    throw mismatch(
      dataset,
      seq,
      `${rows} rows with hash ${hash} in Bronze, as landed${takenBack ? ' and taken back' : ''}`,
      `${bronze.rows} rows with hash ${bronze.hash}`,
    );
  }
  const accounted =
    outcomes.inserted + outcomes.updated + outcomes.unchanged + outcomes.superseded + outcomes.deleted + outcomes.quarantined;
  if (outcomes.read !== rows || accounted !== outcomes.read) {
    throw mismatch(dataset, seq, `one outcome for each of the ${rows} rows`, `${outcomes.read} read, ${accounted} accounted for`);
  }
  return {
    dataset,
    seq,
    contractVersion,
    mode,
    precision,
    bounds,
    landing: { rows: manifest.rows, hash: manifest.hash, objects: manifest.objects.map(({ key, rows, hash }) => ({ key, rows, hash })) },
    bronze: { rows, hash, ...(takenBack ? { takenBack } : {}) },
    silver: {
      outcomes,
      deletedByAbsence: silver.deletedByAbsence ?? 0,
      content: contentOf(manifest, silver),
      ...(silver.setAside ? { setAside: silver.setAside } : {}),
    },
    previous,
  };
}

function contentOf({ dataset, seq }: Manifest, { content }: Taken): TableContent {
  if (!content) throw mismatch(dataset, seq, 'the content of the table, before and after', 'none in the results of Silver');
  const { before, changes, after, measured } = content;
  const sum = Object.values(changes).reduce(addSums, before);
  if (sum.rows !== after.rows || sum.hash !== after.hash) {
    throw mismatch(
      dataset,
      seq,
      `a table of ${sum.rows} rows with hash ${sum.hash}, by its changes`,
      `${after.rows} rows with hash ${after.hash}`,
    );
  }
  return { before, changes, after, ...(measured ? { measured } : {}) };
}

/** Over the bytes that are stored. */
export function receiptHash(receipt: Receipt): string {
  return hashOf(JSON.stringify(receipt));
}

/** Of a receipt as its object holds it. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function mismatch(dataset: string, seq: number, expected: string, found: string): ReceiptMismatch {
  return new ReceiptMismatch({
    dataset,
    expected: `batch ${seq}: ${expected}`,
    found,
    remedy: 'see docs/runbook.md#receipt-mismatch; the batch stays open and the watermark where it was',
  });
}
