/** Verifies the receipts of datasets: reads them, has the lake measured, and holds the two together. */
import type { Contract } from '../../functions/contract/contract.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { type Head, unitOf } from '../../functions/ledger/unit.ts';
import type { Output } from '../output.ts';
import type { Stage } from '../stage.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { isGone, type LandedBatches, landedBatches } from './landed-batches.ts';
import { measure } from './measure.ts';
import type { Measured, MeasuredLake } from './measured.ts';
import { type Chain, receiptChain } from './receipt-chain.ts';

export interface Verified {
  datasets: VerifiedDataset[];
  findings: Finding[];
}

export interface VerifiedDataset {
  dataset: string;
  batches: number;
  /** Rows, by layer. */
  landing: number;
  bronze: number;
  silver: number;
  quarantine: number;
  /** Batches of which landing holds nothing any more. */
  gone: number[];
  /** Why the tables were not held against the receipts. */
  notVerified?: string;
}

interface Told extends Chain, LandedBatches {
  dataset: string;
  head: Head;
}

/** @throws CommandFailed when the lake could not be measured. */
export async function verify(stage: Stage, ledger: Ledger, contracts: readonly Contract[], now: Date, output: Output): Promise<Verified> {
  const told: Told[] = [];
  for (const contract of contracts) {
    told.push(await toldOf(stage, ledger, contract));
    output.line(`${contract.dataset}: ${told.at(-1)?.receipts.length} receipts`);
  }
  const loaded = told.filter(({ receipts }) => receipts.length > 0).map(({ dataset, schemas }) => ({ dataset, schemas }));
  const measured = loaded.length > 0 ? await measure(stage, loaded, now, output) : {};
  const verified = await Promise.all(told.map(async (each) => verifiedOf(ledger, each, measured[each.dataset])));
  return { datasets: verified.map(({ summary }) => summary), findings: verified.flatMap(({ findings }) => findings) };
}

async function toldOf({ names }: Stage, ledger: Ledger, contract: Contract): Promise<Told> {
  const head = await ledger.head(unitOf(contract.dataset));
  const chain = await receiptChain(names.buckets.receipts, contract.dataset, head.receipt);
  return { dataset: contract.dataset, head, ...chain, ...(await landedBatches(names, contract, chain.receipts)) };
}

async function verifiedOf(
  ledger: Ledger,
  told: Told,
  measured: MeasuredLake[string] | undefined,
): Promise<{ summary: VerifiedDataset; findings: Finding[] }> {
  const { dataset, receipts, findings } = told;
  const rows = measured?.status === 'ok' ? measured : undefined;
  const hindrance = measured?.status === 'failed' ? `${measured.error}: ${measured.cause}` : await changing(ledger, told);
  const summary = { ...rowsOf(told, rows), ...(hindrance === undefined ? {} : { notVerified: hindrance }) };
  if (!rows || hindrance !== undefined || receipts.length === 0) return { summary, findings };
  const withoutReceipt = await withoutReceipts(ledger, told, rows);
  return { summary, findings: [...findings, ...judge({ ...told, dataset, measured: rows, withoutReceipt })] };
}

/** Tables that a run is writing to are not what the last receipt says. */
async function changing(ledger: Ledger, { dataset, head }: Told): Promise<string | undefined> {
  const now = await ledger.head(unitOf(dataset));
  if (now.openSeq !== undefined) return `batch ${now.openSeq} is open: npx etl run --dataset ${dataset} --wait, then again`;
  return now.receipt?.seq === head.receipt?.seq ? undefined : 'a run committed a batch meanwhile: start it again';
}

/** Of a batch that was given up Bronze may have rows. */
async function withoutReceipts(ledger: Ledger, { dataset, receipts }: Told, { bronze, quarantine }: Measured): Promise<Set<number>> {
  const told = new Set(receipts.map(({ seq }) => seq));
  const others = [...new Set([...Object.keys(bronze), ...Object.keys(quarantine)])].map(Number).filter((seq) => seq > 0 && !told.has(seq));
  const states = await Promise.all(others.map(async (seq) => [seq, (await ledger.batch(unitOf(dataset), seq))?.state] as const));
  return new Set(states.flatMap(([seq, state]) => (state === 'abandoned' ? [seq] : [])));
}

function rowsOf({ dataset, receipts, bucket, present }: Told, measured: Measured | undefined): VerifiedDataset {
  const sum = (of: Record<string, { rows: number }> = {}) => Object.values(of).reduce((total, { rows }) => total + rows, 0);
  return {
    dataset,
    batches: receipts.length,
    landing: sum(measured?.landing),
    bronze: sum(measured?.bronze),
    silver: sum(measured?.silver),
    quarantine: sum(measured?.quarantine),
    gone: receipts.filter((receipt) => isGone(receipt, bucket, present)).map(({ seq }) => seq),
  };
}
