/**
 * The pipeline as a reader of a benchmark: the plan of a first load, its chunks read and landed in processes of their own, as functions are.
 * The script that calls this is started again for each process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import type { Source } from '../../../functions/sources/source.ts';
import { type Taken, taken } from './taken.ts';

export interface Reading {
  source: Pick<Source, 'plan' | 'read'>;
  contract: Contract;
  /** Of the script, before those that are added here. */
  args: string[];
  processes: number;
  /** What stands behind `args`: nothing, or the plan's file and which process this is. */
  own: string[];
}

/** Prints what it took as its last line, and ends the process. */
export async function readInProcesses(reading: Reading): Promise<never> {
  const [plan, index] = reading.own;
  process.stdout.write(`${JSON.stringify(plan === undefined ? await readAll(reading) : await readOwn(reading, plan, Number(index)))}\n`);
  process.exit(0);
}

async function readAll({ source, contract, args, processes }: Reading): Promise<Taken> {
  const plan = await source.plan({ contract, watermark: undefined, mode: 'incremental' });
  const file = `${process.env.BENCH_FOLDER}/${contract.dataset}-plan.json`;
  writeFileSync(file, JSON.stringify(plan));
  const [, script = ''] = process.argv;
  const workers = Array.from({ length: processes }, async (_, index) => {
    const child = spawn(process.execPath, [...process.execArgv, script, ...args, file, String(index)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`a worker ended with ${code}`);
    return JSON.parse(text) as Taken;
  });
  const each = await Promise.all(workers);
  rmSync(file);
  const mine = taken(0);
  return {
    rows: each.reduce((sum, { rows }) => sum + rows, 0),
    cpuSeconds: each.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, mine.cpuSeconds),
    megabytes: Math.max(...each.map(({ megabytes }) => megabytes)),
  };
}

async function readOwn({ source, contract, processes }: Reading, file: string, own: number): Promise<Taken> {
  const { default: plan } = (await import(file, { with: { type: 'json' } })) as { default: BatchPlan };
  const { dataset } = contract;
  const signal = new AbortController().signal;
  let rows = 0;
  for (const [index, chunk] of plan.chunks.entries()) {
    if (index % processes !== own) continue;
    const landing = `s3://${process.env.BENCH_BUCKET}/${process.env.BENCH_ROUND}/${dataset}`;
    const stream = await source.read({ contract, plan, chunk, landing, ticket: undefined, signal });
    if (stream.kind !== 'copy' && stream.kind !== 'records') throw new Error(`expected rows; found ${stream.kind}`);
    rows += (await landChunk({ dataset, url: `${landing}/${chunk.id}.parquet`, columns: chunk.columns, stream, signal })).rows;
    await stream.close();
  }
  return taken(rows);
}
