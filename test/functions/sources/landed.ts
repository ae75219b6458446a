/** Lands what a source plans, as the functions do, and reads it back with Arrow: neither DuckDB nor a line of the code that wrote it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../../functions/aws/s3.ts';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import { addressOf } from '../../../functions/objects.ts';
import { sourceOf } from '../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../functions/sources/source.ts';
import { installed } from '../../../local/processes/installed.ts';

const run = promisify(execFile);

export interface Landed {
  names: string[];
  /** Integers in decimal, booleans as `true` and `false`, bytes as hex. */
  rows: (string | null)[][];
  /** What each object says of its rows. */
  hashes: string[];
}

let batches = 0;

/** The chunks of role `rows`. */
export async function landed(bucket: string, contract: Contract, plan: SourcePlan): Promise<Landed> {
  const folder = await mkdtemp(join(tmpdir(), 'landed-'));
  try {
    const hashes: string[] = [];
    const files: string[] = [];
    batches += 1;
    for (const chunk of plan.chunks.filter(({ role }) => role === 'rows')) {
      const landing = `s3://${bucket}/${contract.dataset}/batch=${batches}`;
      const url = `${landing}/${chunk.id}.parquet`;
      const signal = new AbortController().signal;
      const stream = await sourceOf(contract.source).read({ contract, plan: plan as BatchPlan, chunk, landing, ticket: undefined, signal });
      if (stream.kind === 'pending' || stream.kind === 'stored') throw new Error(`expected rows; found ${stream.kind}`);
      try {
        hashes.push((await landChunk({ dataset: contract.dataset, url, columns: chunk.columns, stream, signal })).hash);
      } finally {
        await stream.close();
      }
      files.push(join(folder, `${chunk.id}.parquet`));
      const { Body } = await s3.send(new GetObjectCommand(addressOf(url)));
      await writeFile(files.at(-1) ?? '', (await Body?.transformToByteArray()) ?? '');
    }
    const script = join(import.meta.dirname, 'landed_rows.py');
    const { stdout } = await run(installed().python.lake, [script, ...files], { env: process.env, maxBuffer: 256 * 1024 * 1024 });
    return { ...JSON.parse(stdout), hashes };
  } finally {
    await rm(folder, { recursive: true });
  }
}
