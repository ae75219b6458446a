/** Decides whether a landed batch may go on: its objects are those of the manifest, its columns those of the contract. */
import { SOURCES } from '../../config/sources.ts';
import { readsSource } from '../batch/batch-plan.ts';
import { CHANGE_COLUMNS, landsChanges } from '../batch/change-columns.ts';
import { manifestOf } from '../batch/layout.ts';
import { Manifest } from '../batch/manifest.ts';
import { storedObject } from '../batch/stored-object.ts';
import type { Contract } from '../contract/contract.ts';
import { versionInSilver } from '../delta/version-in-silver.ts';
import { ColumnMissing, EmptySnapshot, ManifestMismatch, SchemaFrozen } from '../errors.ts';
import { readJson } from '../objects.ts';

export interface Validated {
  rows: number;
  /** As in the manifest: what landed. */
  hash: string;
  addedColumns: string[];
}

/**
 * A batch that Silver has was valid when it was taken: whatever became of its rows in landing or of the contract since, it goes on to its
 * commit. @throws ManifestMismatch, ColumnMissing, SchemaFrozen, EmptySnapshot
 */
export async function validateBatch(lake: string, contract: Contract, seq: number, landing: string): Promise<Validated> {
  const { dataset } = contract;
  const manifest = await readJson(manifestOf(landing), Manifest);
  if (!manifest) throw mismatch(dataset, `a manifest at ${manifestOf(landing)}`, 'none');
  const { rows, hash } = manifest;
  try {
    return { rows, hash, addedColumns: await checkLanded(contract, landing, manifest) };
  } catch (error) {
    if ((await versionInSilver(lake, dataset, seq)) === undefined) throw error;
    return { rows, hash, addedColumns: [] };
  }
}

/** The columns that are new. */
async function checkLanded(contract: Contract, landing: string, manifest: Manifest): Promise<string[]> {
  await checkObjects(contract.dataset, landing, manifest);
  checkVolume(contract.dataset, manifest);
  const hasColumns = readsSource(manifest.mode) && SOURCES[contract.source].lands !== 'messages';
  return hasColumns ? checkColumns(contract, manifest) : [];
}

async function checkObjects(dataset: string, landing: string, { objects }: Manifest): Promise<void> {
  const bucket = /^s3:\/\/[^/]+\//.exec(landing)?.[0] ?? '';
  for (const { key, etag, bytes } of objects) {
    const stored = await storedObject(`${bucket}${key}`);
    if (!stored) throw mismatch(dataset, `the object ${key} of the manifest`, 'no such object');
    if (stored.etag !== etag || stored.bytes !== bytes)
      throw mismatch(dataset, `${key} with etag ${etag} and ${bytes} bytes`, `etag ${stored.etag} and ${stored.bytes} bytes`);
  }
}

/** The columns that the contract does not know, by its policy: taken along, refused, or (discard) never read. */
function checkColumns(contract: Contract, manifest: Manifest): string[] {
  const { dataset, columns, schemaPolicy, source } = contract;
  const landed = new Set(manifest.columns.map(({ name }) => name));
  const known = new Set<string>([...columns, ...(landsChanges(contract) ? CHANGE_COLUMNS : [])].map(({ name }) => name));
  const missing = columns.find(({ name }) => !landed.has(name));
  const file = `contracts/${source}/${dataset}.yaml`;
  if (missing)
    throw new ColumnMissing({
      dataset,
      expected: `a column ${missing.name}`,
      found: [...landed].join(', '),
      remedy: `put it back, or take it out of ${file}`,
    });
  const added = [...landed].filter((name) => !known.has(name));
  if (schemaPolicy === 'freeze' && added.length > 0) {
    throw new SchemaFrozen({
      dataset,
      expected: 'the columns of the contract and no others',
      found: `new: ${added.join(', ')}`,
      remedy: `add them to ${file}, or set schemaPolicy to evolve there`,
    });
  }
  return added;
}

/** An empty snapshot would delete every row of the table: that is a mistake until somebody says otherwise. */
function checkVolume(dataset: string, { complete, rows }: Manifest): void {
  if (!complete || rows > 0) return;
  throw new EmptySnapshot({
    dataset,
    expected: 'a table with rows',
    found: 'none at all',
    remedy: 'look at the source; if the table is meant to be empty, take it out of the contracts',
  });
}

function mismatch(dataset: string, expected: string, found: string): ManifestMismatch {
  return new ManifestMismatch({
    dataset,
    expected,
    found,
    remedy: 'nobody but the pipeline may write in the landing buckets: find out who did; the versions of the object are kept for 7 days',
  });
}
