/**
 * `npm run bench:extract [rows] [part …]`: PostgreSQL to Parquet, by the pipeline and by what else reads it, side by side: the same tables,
 * server and machine, in turn. Other parts than tables: `growth`, `snowflake` for its ways, a tenth of the rows, `kafka` for a topic, and
 * `changed` for few changed rows among many. A line of JSON for each measurement as it comes, a table of medians in Markdown at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../local/environment.ts';
import { startEnvironment } from '../../local/start-environment.ts';
import { connectAsOwner } from '../owner.ts';
import { benchChanged } from './changed.ts';
import { benchKafka } from './kafka/bench-kafka.ts';
import { processorTime } from './processor-time.ts';
import { type Reader, readersOf } from './readers.ts';
import { type Measured, markdown } from './report.ts';
import { benchSnowflake } from './snowflake.ts';
import { type BenchTable, fill, TABLES } from './tables.ts';

/** The rows of the narrow table by which `growth` shows how cost grows, read by the server and the pipeline alone. */
const GROWTH = [300_000, 3_000_000, 10_000_000];

interface Turn {
  table: BenchTable;
  rows: number;
  readers: Reader[];
}

async function main(rows: number, names: string[]): Promise<void> {
  const { environment, end } = await startEnvironment(['postgres', 'aws']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-extract-'));
  try {
    const { postgres, aws } = environment;
    if (!postgres || !aws) throw new Error('expected PostgreSQL and AWS in the environment; found neither');
    const admin = await connectAsOwner(postgres);
    const measured: Measured[] = [];
    for (const turn of turns(await readersOf(environment, admin, folder), rows, names)) {
      await fill(admin, turn.table, turn.rows);
      for (const reader of turn.readers) measured.push(...(await measure(environment, reader, turn)));
      await admin.query(`DROP TABLE ${turn.table.name}`);
    }
    process.stdout.write(`\n${markdown(measured)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
    await end();
  }
}

function turns(readers: Reader[], rows: number, names: string[]): Turn[] {
  const compared = TABLES.filter(({ name }) => names.includes(name)).map((table) => ({ table, rows, readers }));
  const [narrow] = TABLES;
  if (!names.includes('growth')) return compared;
  const ours = readers.filter(({ isPeer }) => !isPeer);
  return [...compared, ...GROWTH.map((many) => ({ table: narrow, rows: many, readers: ours }))];
}

async function measure(environment: Environment, reader: Reader, { table, rows }: Turn): Promise<Measured[]> {
  const measured: Measured[] = [];
  // The first of several warms up: files of the server, code of the reader.
  for (let round = reader.rounds > 1 ? 0 : 1; round <= reader.rounds; round += 1) {
    const used = () => ({ server: processorTime(environment, 'postgres'), s3: processorTime(environment, 'aws') });
    const before = used();
    const begun = performance.now();
    const taken = await reader.read(table, round);
    const seconds = (performance.now() - begun) / 1000;
    if (taken.rows !== rows) throw new Error(`expected ${rows} rows of ${reader.name}; found ${taken.rows}`);
    const after = used();
    const one = {
      ...{ table: table.name, reader: reader.name, seconds, ...taken },
      ...{ serverCpu: after.server - before.server, s3Cpu: after.s3 - before.s3 },
    };
    process.stdout.write(`${JSON.stringify({ round, ...one })}\n`);
    if (round > 0) measured.push(one);
  }
  return measured;
}

const PARTS = [...TABLES.map(({ name }) => name), 'growth', 'snowflake', 'kafka', 'changed'];
const [rows = '3000000', ...names] = process.argv.slice(2);
const unknown = names.find((name) => !PARTS.includes(name));
if (unknown !== undefined) throw new Error(`expected parts of ${PARTS.join(', ')}; found ${unknown}`);
const parts = names.length === 0 ? PARTS : names;
if (parts.some((part) => PARTS.indexOf(part) <= TABLES.length)) await main(Number(rows), parts);
if (parts.includes('snowflake')) process.stdout.write(`${JSON.stringify(await benchSnowflake(Number(rows) / 10))}\n`);
if (parts.includes('kafka')) await benchKafka(Number(rows));
if (parts.includes('changed')) await benchChanged(Number(rows));
