/**
 * The pipeline as a reader of the benchmark: the plan of a first load, its chunks read and landed in processes of their own, as functions
 * are. Answers what it took on its last line. Arguments: the table, and how many chunks at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import { postgres } from '../../../functions/sources/postgres/postgres.ts';
import { contract } from '../../functions/contracts.ts';
import { TABLES } from './tables.ts';
import { type Taken, taken } from './taken.ts';

const [name = '', processes = '2', planned, own = '0'] = process.argv.slice(2);
const table = TABLES.find((each) => each.name === name);
if (!table) throw new Error(`expected a table of the benchmark; found ${name}`);
const of = contract({ dataset: name, columns: table.columns, schemaPolicy: 'discard' });
const signal = new AbortController().signal;

async function readAll(): Promise<Taken> {
  const plan = await postgres.plan({ contract: of, watermark: undefined, mode: 'incremental' });
  const file = `${process.env.BENCH_FOLDER}/${name}-plan.json`;
  writeFileSync(file, JSON.stringify(plan));
  const workers = Array.from({ length: Number(processes) }, async (_, index) => {
    const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, name, processes, file, String(index)], {
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

async function readOwn(file: string): Promise<Taken> {
  const { default: plan } = (await import(file, { with: { type: 'json' } })) as { default: BatchPlan };
  let rows = 0;
  for (const [index, chunk] of plan.chunks.entries()) {
    if (index % Number(processes) !== Number(own)) continue;
    const stream = await postgres.read({ contract: of, plan, chunk, landing: '', ticket: undefined, signal });
    if (stream.kind === 'pending' || stream.kind === 'stored') throw new Error(`expected rows; found ${stream.kind}`);
    const url = `s3://${process.env.BENCH_BUCKET}/${process.env.BENCH_ROUND}/${name}/${chunk.id}.parquet`;
    rows += (await landChunk({ dataset: name, url, columns: chunk.columns, stream, signal })).rows;
    await stream.close();
  }
  return taken(rows);
}

process.stdout.write(`${JSON.stringify(planned === undefined ? await readAll() : await readOwn(planned))}\n`);
process.exit(0);
