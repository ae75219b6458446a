/** Holds what was measured against what the receipts say, batch by batch and layer by layer. */
import { addHashes, EMPTY_HASH } from '../../functions/batch/layer-hash.ts';
import { addSums, type ByBatch, type Sums } from '../../functions/run/table-content.ts';
import type { Finding } from './finding.ts';
import { isGone } from './landed-batches.ts';
import type { Measured } from './measured.ts';
import type { ReceiptRead } from './receipt-chain.ts';

export interface Evidence {
  dataset: string;
  receipts: readonly ReceiptRead[];
  /** The landing bucket, and the addresses of all objects of the dataset in it. */
  bucket: string;
  present: ReadonlySet<string>;
  measured: Measured;
  /** Batches that were given up, or are not committed yet: tables may hold rows of them that no receipt tells of. */
  withoutReceipt: ReadonlySet<number>;
}

const NOTHING: Sums = { rows: 0, hash: EMPTY_HASH };

export function judge(evidence: Evidence): Finding[] {
  return [...inLanding(evidence), ...inBronze(evidence), ...inSilver(evidence), ...inQuarantine(evidence)];
}

function inLanding({ dataset, receipts, bucket, present, measured }: Evidence): Finding[] {
  const told = new Set<string>();
  const findings = receipts.flatMap((receipt) =>
    receipt.landing.objects.flatMap(({ key, ...expected }): Finding[] => {
      const address = `s3://${bucket}/${key}`;
      told.add(address);
      if (isGone(receipt, bucket, present)) return [];
      const found = measured.landing[address] ?? NOTHING;
      if (present.has(address) && same(expected, found)) return [];
      const where = { dataset, batch: receipt.seq, layer: 'landing' as const };
      return [{ ...where, expected: `${text(expected)} in ${key}`, found: present.has(address) ? text(found) : 'no such object' }];
    }),
  );
  const batches = new Set(receipts.map(({ seq }) => seq));
  for (const address of present) {
    const batch = Number(/\/batch=(\d+)\/[^/]+\.parquet$/.exec(address)?.[1]);
    if (batches.has(batch) && !told.has(address))
      findings.push({ dataset, batch, layer: 'landing', expected: 'only objects that the receipt names', found: address });
  }
  return findings;
}

function inBronze({ dataset, receipts, measured, withoutReceipt }: Evidence): Finding[] {
  const expected = Object.fromEntries(receipts.map(({ seq, bronze }) => [seq, bronze]));
  return compared({ dataset, layer: 'bronze' }, expected, measured.bronze, withoutReceipt);
}

/** By the receipts' changes, from the last time that all of the table was read. */
function inSilver({ dataset, receipts, measured }: Evidence): Finding[] {
  const findings: Finding[] = [];
  let batches: ByBatch = {};
  let before: Sums | undefined;
  for (const { seq, mode, silver } of receipts) {
    if (!silver.content) continue;
    const { content } = silver;
    // A restore begins anew. Where the contract changed the table's columns the hashes do; rows do not come or go by it.
    const goesOn =
      before === undefined || mode === 'restore' || (content.measured ? before.rows === content.before.rows : same(before, content.before));
    if (!goesOn)
      findings.push({
        dataset,
        batch: seq,
        layer: 'silver',
        expected: `${text(before ?? NOTHING)} before it`,
        found: text(content.before),
      });
    if (content.measured) batches = { ...content.measured };
    for (const [batch, change] of Object.entries(content.changes)) batches[batch] = addSums(batches[batch] ?? NOTHING, change);
    before = content.after;
  }
  if (!before && Object.keys(measured.silver).length > 0 && receipts.length > 0)
    return [
      { dataset, batch: undefined, layer: 'silver', expected: 'a receipt that tells of the content', found: 'none: run the dataset once' },
    ];
  return [...findings, ...compared({ dataset, layer: 'silver' }, batches, measured.silver, new Set())];
}

function inQuarantine({ dataset, receipts, measured, withoutReceipt }: Evidence): Finding[] {
  const expected: Record<string, number> = {};
  for (const { seq, silver } of receipts) Object.assign(expected, { [seq]: silver.outcomes.quarantined }, silver.setAside);
  return batchesOf(expected, measured.quarantine, withoutReceipt).flatMap((batch): Finding[] => {
    const { rows, unknown } = measured.quarantine[batch] ?? { rows: 0, unknown: 0 };
    if (rows === (expected[batch] ?? 0) && unknown === 0) return [];
    const found = `${rows} rows${unknown > 0 ? `, ${unknown} of them not in Bronze` : ''}`;
    return [{ dataset, batch: numberOf(batch), layer: 'quarantine', expected: `${expected[batch] ?? 0} rows`, found }];
  });
}

function compared(
  where: Pick<Finding, 'dataset' | 'layer'>,
  expected: ByBatch,
  measured: Measured['bronze'],
  withoutReceipt: ReadonlySet<number>,
): Finding[] {
  return batchesOf(expected, measured, withoutReceipt).flatMap((batch): Finding[] => {
    const wanted = expected[batch] ?? NOTHING;
    const { wrong, unknown, ...found } = measured[batch] ?? { ...NOTHING, wrong: 0, unknown: 0 };
    if (same(wanted, found) && wrong === 0 && unknown === 0) return [];
    const more = [
      ...(wrong > 0 ? [`${wrong} with values other than their hash says`] : []),
      ...(unknown > 0 ? [`${unknown} that Bronze does not have`] : []),
    ];
    return [{ ...where, batch: numberOf(batch), expected: text(wanted), found: [text(found), ...more].join(', ') }];
  });
}

function batchesOf(expected: object, measured: object, withoutReceipt: ReadonlySet<number>): string[] {
  const known = new Set([...Object.keys(expected), ...Object.keys(measured)]);
  return [...known]
    .filter((batch) => batch in expected || !withoutReceipt.has(Number(batch)))
    .sort((one, other) => Number(one) - Number(other));
}

const numberOf = (batch: string) => (batch === '' ? undefined : Number(batch));
const same = (one: Sums, other: Sums) => one.rows === other.rows && addHashes(one.hash, EMPTY_HASH) === other.hash;
const text = ({ rows, hash }: Sums) => `${rows} rows, ${hash}`;
