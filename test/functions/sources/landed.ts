/** Lands what a source plans, as the functions do, and reads it back with Arrow: neither DuckDB nor a line of the code that wrote it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../../functions/aws/s3.ts';
import type { BatchPlan, Chunk } from '../../../functions/batch/batch-plan.ts';
import type { StoredObject } from '../../../functions/batch/stored-object.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import { recordFiles } from '../../../functions/landing/record-files.ts';
import { addressOf } from '../../../functions/objects.ts';
import { sourceOf } from '../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../functions/sources/source.ts';
import { installed } from '../../../local/processes/installed.ts';
import { until } from '../../until.ts';

const run = promisify(execFile);

export interface Landed {
  names: string[];
  /** Integers in decimal, booleans as `true` and `false`, bytes as hex. */
  rows: (string | null)[][];
  /** What each object says of its rows. */
  hashes: string[];
}

let batches = 0;

/** The chunks of role `rows`, however their source says that they land. */
export async function landed(bucket: string, contract: Contract, plan: SourcePlan): Promise<Landed> {
  const folder = await mkdtemp(join(tmpdir(), 'landed-'));
  try {
    const hashes: string[] = [];
    const files: string[] = [];
    batches += 1;
    const landing = `s3://${bucket}/${contract.dataset}/batch=${batches}`;
    for (const chunk of plan.chunks.filter(({ role }) => role === 'rows')) {
      for (const { key, hash } of await landedChunk(contract, { ...plan, plannedAt: landing } as BatchPlan, chunk, landing)) {
        hashes.push(hash);
        files.push(join(folder, `${files.length}.parquet`));
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        await writeFile(files.at(-1) ?? '', (await Body?.transformToByteArray()) ?? '');
      }
    }
    const script = join(import.meta.dirname, 'landed_rows.py');
    const { stdout } = await run(installed().python.lake, [script, ...files], { env: process.env, maxBuffer: 256 * 1024 * 1024 });
    return { ...JSON.parse(stdout), hashes };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function landedChunk(
  contract: Contract,
  plan: BatchPlan,
  chunk: Chunk,
  landing: string,
): Promise<Pick<StoredObject, 'key' | 'hash'>[]> {
  const { dataset } = contract;
  const signal = new AbortController().signal;
  let ticket: string | undefined;
  const stream = await until('the source to have answered', async () => {
    const answer = await sourceOf(contract.source).read({ contract, plan, chunk, landing, ticket, signal });
    if (answer.kind !== 'pending') return answer;
    ticket = answer.ticket;
  });
  try {
    if (stream.kind === 'stored') {
      return await recordFiles({ dataset, landing, chunk: chunk.id, columns: chunk.columns, files: stream.files, signal });
    }
    const url = `${landing}/${chunk.id}.parquet`;
    return [{ key: addressOf(url).Key, hash: (await landChunk({ dataset, url, columns: chunk.columns, stream, signal })).hash }];
  } finally {
    await stream.close();
  }
}
