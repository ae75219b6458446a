/** What lies in landing of a dataset's batches: which objects there are, and with which columns each batch landed, by its manifest. */
import type { Names } from '../../config/names.ts';
import { SOURCES } from '../../config/sources.ts';
import { type LandedColumn, readsSource } from '../../functions/batch/batch-plan.ts';
import { batchFolderIn, manifestOf } from '../../functions/batch/layout.ts';
import { Manifest } from '../../functions/batch/manifest.ts';
import type { Contract } from '../../functions/contract/contract.ts';
import { readJson } from '../../functions/objects.ts';
import { keysBelow } from '../objects-below.ts';
import type { LandedSchema } from './measured.ts';
import type { ReceiptRead } from './receipt-chain.ts';

export interface LandedBatches {
  bucket: string;
  /** Addresses of all objects of the dataset. */
  present: ReadonlySet<string>;
  schemas: LandedSchema[];
}

export async function landedBatches({ buckets }: Names, contract: Contract, receipts: readonly ReceiptRead[]): Promise<LandedBatches> {
  const bucket = buckets[SOURCES[contract.source].bucket];
  const present = new Set((await keysBelow(bucket, `${contract.dataset}/`)).map((key) => `s3://${bucket}/${key}`));
  const manifests = await Promise.all(
    receipts.map(async ({ seq }) => readJson(manifestOf(batchFolderIn(bucket, contract.dataset, seq)), Manifest)),
  );
  return {
    bucket,
    present,
    schemas: schemasOf(
      contract,
      bucket,
      present,
      manifests.filter((manifest) => manifest !== undefined),
    ),
  };
}

function schemasOf(contract: Contract, bucket: string, present: ReadonlySet<string>, manifests: readonly Manifest[]): LandedSchema[] {
  const schemas: LandedSchema[] = [];
  // A release or a restore lands nothing, and its rows landed with the columns of their own batches.
  for (const { seq, columns, objects } of manifests.filter(({ mode }) => readsSource(mode))) {
    let last = schemas.at(-1);
    if (!last || JSON.stringify(last.rows.columns) !== JSON.stringify(columns)) {
      if (last) last.to = seq - 1;
      const keyNames = landedKey(contract, columns);
      const keys = columns.filter(({ name }) => keyNames.has(name));
      last = { from: last ? seq : 0, to: Number.MAX_SAFE_INTEGER, rows: { columns, objects: [] }, keys: { columns: keys, objects: [] } };
      schemas.push(last);
    }
    for (const { key, role } of objects) {
      const address = `s3://${bucket}/${key}`;
      if (present.has(address)) last[role].objects.push(address);
    }
  }
  return schemas;
}

/** Under which names the key landed: before a column of it was renamed under an earlier one, while both are there under today's. */
function landedKey({ key, columns }: Contract, landed: readonly LandedColumn[]): ReadonlySet<string | undefined> {
  const names = columns.filter(({ name }) => key.includes(name)).map(({ name, aliases = [] }) => [name, ...aliases]);
  return new Set(names.map((each) => each.find((name) => landed.some((column) => column.name === name))));
}

/** Of a batch nothing at all is there: not lost from a batch, but given up as a whole, as a lifecycle rule or an erasure does. */
export function isGone({ landing }: ReceiptRead, bucket: string, present: ReadonlySet<string>): boolean {
  return landing.objects.length > 0 && landing.objects.every(({ key }) => !present.has(`s3://${bucket}/${key}`));
}
