/**
 * The plan of a batch that takes a table back to an earlier version and then takes the batches since once more, from the layer before:
 * nothing is read from a source and nothing lands (spark-jobs/medallion/restored_table.py). The watermark stays where it is.
 */
import * as z from 'zod';
import type { BatchPlan } from '../batch/batch-plan.ts';
import { lastBatchUpTo, versionAt, versionsOf } from '../delta/table-versions.ts';
import { VersionUnknown } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Head, unitOf } from '../ledger/unit.ts';
import type { SourcePlan } from '../sources/source.ts';

/** Gold is not among them: it is made from Silver, and made anew by mode `full`. */
export const RESTORED = ['bronze', 'silver'] as const;

export interface WhatToRestore {
  layer: (typeof RESTORED)[number];
  dataset: string;
  /** A version, or a time in ISO 8601: what stood then. */
  to: number | string;
}

/** What a restore does, as its plan says it: `after` is the last batch that the version has, `replay` are the committed ones since. */
export const Restore = z.object({
  layer: z.enum(RESTORED),
  version: z.number().int(),
  after: z.number().int(),
  replay: z.array(z.number().int()),
});
export type Restore = z.infer<typeof Restore>;

/** @throws VersionUnknown when the log does not tell of the version any more, it has no batch, or one that was given up. */
export async function restoreOf(lake: string, ledger: Ledger, head: Head, what: WhatToRestore): Promise<Restore> {
  const { layer, dataset } = what;
  const version = await wantedVersion(`${lake}/${layer}/${dataset}`, what);
  const after = await batchAt(`${lake}/${layer}/${dataset}`, version, what);
  if (layer === 'silver') await checkKept(ledger, dataset, version, after);
  return { layer, version, after, replay: await committedSince(ledger, dataset, after, head.seq) };
}

export function restorePlan(restore: Restore, { watermark }: Head): SourcePlan {
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower: null, upper: restore },
    watermark: JSON.parse(watermark ?? 'null'),
    columns: [],
    chunks: [],
  };
}

/** Whether the plan of a restore does what was asked. */
export async function asksFor(lake: string, what: WhatToRestore, { bounds }: BatchPlan): Promise<boolean> {
  const { layer, version } = Restore.parse(bounds.upper);
  return layer === what.layer && version === (await wantedVersion(`${lake}/${layer}/${what.dataset}`, what));
}

/** @throws VersionUnknown when the log does not tell of it. */
export async function wantedVersion(table: string, { layer, dataset, to }: WhatToRestore): Promise<number> {
  const versions = await versionsOf(table);
  const version = typeof to === 'number' ? versions.find((each) => each === to) : await versionAt(table, versions, new Date(to));
  if (version !== undefined) return version;
  const [oldest, newest] = [versions[0], versions.at(-1)];
  throw unknown(
    dataset,
    typeof to === 'number' ? `version ${to} of ${layer}.${dataset} in its log` : `a version of ${layer}.${dataset} that stood at ${to}`,
    oldest === undefined ? 'no such table' : `versions ${oldest} to ${newest}`,
    `npx etl restore --table ${layer}.${dataset} shows them`,
  );
}

async function batchAt(table: string, version: number, { layer, dataset }: WhatToRestore): Promise<number> {
  const last = await lastBatchUpTo(table, version);
  if (last) return last.batch;
  throw unknown(
    dataset,
    `a batch of the pipeline in ${layer}.${dataset} up to version ${version}`,
    'none that the log still tells of',
    'choose a newer version',
  );
}

/** Rows of a batch that was given up came again with a later one. Bronze may have them, where nobody reads them. @throws VersionUnknown */
async function checkKept(ledger: Ledger, dataset: string, version: number, batch: number): Promise<void> {
  if ((await ledger.batch(unitOf(dataset), batch))?.state !== 'abandoned') return;
  throw unknown(
    dataset,
    `a version of silver.${dataset} whose last batch was committed`,
    `version ${version}, whose last batch, ${batch}, was given up`,
    `choose one with another batch: npx etl restore --table silver.${dataset} shows them`,
  );
}

async function committedSince(ledger: Ledger, dataset: string, after: number, last: number): Promise<number[]> {
  const committed: number[] = [];
  for (let seq = after + 1; seq <= last; seq += 1)
    if ((await ledger.batch(unitOf(dataset), seq))?.state === 'committed') committed.push(seq);
  return committed;
}

function unknown(dataset: string, expected: string, found: string, remedy: string): VersionUnknown {
  return new VersionUnknown({ dataset, expected, found, remedy });
}
