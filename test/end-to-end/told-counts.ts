/** What a run tells of its batches, in their receipts and in its results: that it adds up, and agrees with what the generator knows of the rows. */
import { createHash } from 'node:crypto';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { z } from 'zod';
import type { Stage } from '../../cli/stage.ts';
import type { DatasetExpected, Expected } from '../../local/sample-data/expected.ts';

const Rows = z.object({ rows: z.int(), hash: z.string() });
const Receipt = z.object({
  dataset: z.string(),
  seq: z.int(),
  landing: Rows,
  bronze: Rows,
  silver: z.object({
    outcomes: z.object({
      read: z.int(),
      inserted: z.int(),
      updated: z.int(),
      unchanged: z.int(),
      superseded: z.int(),
      deleted: z.int(),
      quarantined: z.int(),
    }),
    deletedByAbsence: z.int(),
  }),
  previous: z.string().nullable(),
});
type Receipt = z.infer<typeof Receipt>;

const Results = z.object({ datasets: z.record(z.string(), z.object({ rules: z.record(z.string(), z.int()) })) });

/** `batches`: the number of each dataset's. */
export async function expectReceipts(stage: Stage, batches: ReadonlyMap<string, number>, { datasets }: Expected): Promise<void> {
  for (const [dataset, seq] of batches) {
    const receipt = Receipt.parse(JSON.parse(await receiptText(stage, dataset, seq)));
    expect(receipt).toMatchObject({ dataset, seq, previous: await hashOf(stage, dataset, seq - 1) });
    expectToAddUp(receipt);
    const known = datasets[dataset];
    if (!known) throw new Error(`the generator knows nothing of ${dataset}`);
    expectAsKnown(receipt, known);
  }
}

function expectToAddUp({ dataset, landing, bronze, silver: { outcomes } }: Receipt): void {
  const { read, ...counts } = outcomes;
  const sum = Object.values(counts).reduce((total, count) => total + count, 0);
  expect({ dataset, sum, bronze, landed: landing.rows }).toEqual({
    dataset,
    sum: read,
    bronze: { rows: landing.rows, hash: landing.hash },
    landed: read,
  });
}

/** Rows that were read again add to `read` and to one other outcome, each at most as often as the generator allows. */
function expectAsKnown({ dataset, silver: { outcomes, deletedByAbsence } }: Receipt, known: DatasetExpected): void {
  const { inserted, updated, deleted } = outcomes;
  expect({ dataset, inserted, updated, deleted, deletedByAbsence }).toEqual({
    dataset,
    inserted: known.inserted,
    updated: known.updated,
    deleted: known.deleted,
    deletedByAbsence: known.deletedByAbsence,
  });
  for (const outcome of ['unchanged', 'quarantined', 'superseded'] as const) {
    const again = outcomes[outcome] - known[outcome];
    expect({ dataset, outcome, again, fits: again >= 0 && again <= known.mayReadAgain[outcome] }).toEqual({
      dataset,
      outcome,
      again,
      fits: true,
    });
  }
}

/** How many rows broke each rule, those that were only warned of included. */
export async function expectRules(stage: Stage, run: string, { datasets }: Expected): Promise<void> {
  const results = Results.parse(JSON.parse(await textOf(stage.names.buckets.lake, `runs/${run}/results/silver.json`)));
  for (const [dataset, { rules }] of Object.entries(results.datasets)) {
    const { rulesHit = {}, mayReadAgain } = datasets[dataset] ?? {};
    const most = Object.values(mayReadAgain ?? {}).reduce((total, count) => total + count, 0);
    const again = Object.entries(rules).filter(([rule, count]) => count !== rulesHit[rule]);
    const unfit = again.filter(([rule, count]) => count < (rulesHit[rule] ?? 0) || count > (rulesHit[rule] ?? 0) + most);
    const missing = Object.keys(rulesHit).filter((rule) => !(rule in rules));
    expect({ dataset, unfit, missing }).toEqual({ dataset, unfit: [], missing: [] });
  }
}

/** null before the first. */
async function hashOf(stage: Stage, dataset: string, seq: number): Promise<string | null> {
  if (seq === 0) return null;
  return createHash('sha256')
    .update(await receiptText(stage, dataset, seq))
    .digest('hex');
}

function receiptText({ names }: Stage, dataset: string, seq: number): Promise<string> {
  return textOf(names.buckets.receipts, `${dataset}/${String(seq).padStart(10, '0')}.json`);
}

async function textOf(Bucket: string, Key: string): Promise<string> {
  const { Body } = await new S3Client({}).send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}
