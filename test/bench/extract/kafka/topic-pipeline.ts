/**
 * The pipeline as a reader of the benchmark's topic: the plan, its chunks read and landed in processes of their own, as functions are.
 * Answers what it took on its last line. Arguments: the topic, its events, and how many chunks at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import type { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import { landChunk } from '../../../../functions/landing/land-chunk.ts';
import { kafka } from '../../../../functions/sources/kafka/kafka.ts';
import { contract } from '../../../functions/contracts.ts';
import { type Taken, taken } from '../taken.ts';

const [topic = '', events = '0', processes = '2', planned, own = '0'] = process.argv.slice(2);
/** The most that a chunk of the sample contracts holds, or an equal share where that is less. */
const chunkRows = Math.min(1_000_000, Math.ceil(Number(events) / Number(processes)));
const of = contract({ dataset: topic, source: 'kafka', object: topic, columns: { id: 'string' }, load: { mode: 'offsets', chunkRows } });
const signal = new AbortController().signal;

async function readAll(): Promise<Taken> {
  const plan = await kafka.plan({ contract: of, watermark: undefined, mode: 'incremental' });
  const file = `${process.env.BENCH_FOLDER}/${topic}-plan.json`;
  writeFileSync(file, JSON.stringify(plan));
  const workers = Array.from({ length: Number(processes) }, async (_, index) => {
    const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, topic, events, processes, file, String(index)], {
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
    const stream = await kafka.read({ contract: of, plan, chunk, landing: '', ticket: undefined, signal });
    if (stream.kind !== 'records') throw new Error('expected rows; found work under way');
    const url = `s3://${process.env.BENCH_BUCKET}/${process.env.BENCH_ROUND}/${topic}/${chunk.id}.parquet`;
    rows += (await landChunk({ dataset: topic, url, columns: chunk.columns, stream, signal })).rows;
    await stream.close();
  }
  return taken(rows);
}

process.stdout.write(`${JSON.stringify(planned === undefined ? await readAll() : await readOwn(planned))}\n`);
process.exit(0);
