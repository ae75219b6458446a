/**
 * `npm run bench:extract [rows] [table …]`: PostgreSQL to Parquet, by the pipeline and by what else reads it, side by side: the same tables,
 * server and machine, in turn. The table `snowflake` stands for Snowflake's ways, a tenth of the rows, and `kafka` for a topic. A line of JSON for each measurement as it comes, a table of medians in Markdown at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Environment } from '../../../local/environment.ts';
import { startEnvironment } from '../../local/start-environment.ts';
import { benchKafka } from './kafka/bench-kafka.ts';
import { processorTime } from './processor-time.ts';
import { type Reader, readersOf } from './readers.ts';
import { type Measured, markdown } from './report.ts';
import { benchSnowflake } from './snowflake.ts';
import { type BenchTable, fill, TABLES } from './tables.ts';

async function main(rows: number, names: string[]): Promise<void> {
  const { environment, end } = await startEnvironment(['postgres', 'aws']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-extract-'));
  try {
    const { postgres, aws } = environment;
    if (!postgres || !aws) throw new Error('expected PostgreSQL and AWS in the environment; found neither');
    const admin = new pg.Client({
      ...postgres.secret,
      user: postgres.admin.username,
      password: postgres.admin.password,
      ssl: { ca: postgres.secret.ca },
    });
    // Ended with its server.
    admin.on('error', () => undefined);
    await admin.connect();
    const readers = await readersOf(environment, admin, folder);
    const measured: Measured[] = [];
    for (const table of TABLES.filter(({ name }) => names.length === 0 || names.includes(name))) {
      await fill(admin, table, rows);
      for (const reader of readers) measured.push(...(await measure(environment, reader, table, rows)));
      await admin.query(`DROP TABLE ${table.name}`);
    }
    process.stdout.write(`\n${markdown(measured)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
    await end();
  }
}

async function measure(environment: Environment, reader: Reader, table: BenchTable, rows: number): Promise<Measured[]> {
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

const [rows = '3000000', ...names] = process.argv.slice(2);
const tables = names.filter((name) => !['snowflake', 'kafka'].includes(name));
if (names.length === 0 || tables.length > 0) await main(Number(rows), tables);
if (names.length === 0 || names.includes('snowflake')) process.stdout.write(`${JSON.stringify(await benchSnowflake(Number(rows) / 10))}\n`);
if (names.length === 0 || names.includes('kafka')) await benchKafka(Number(rows));
