/** What reads a table in the benchmark: the server itself, the pipeline, and other tools, each in a process of its own. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { checkout, type Environment } from '../../../local/environment.ts';
import { bundled } from '../bundled.ts';
import { pipelineEnvironment } from './pipeline-environment.ts';
import type { BenchTable } from './tables.ts';
import type { Taken } from './taken.ts';

const run = promisify(execFile);
const PYTHON = join(checkout, '.etl', 'python', 'bench-extract', 'bin', 'python');
const BUCKET = 'bench-extract';
const ROUNDS = 3;

export const FLOOR = "the server's COPY to nothing";

export interface Reader {
  name: string;
  /** Another tool than the server and the pipeline. */
  isPeer: boolean;
  /** dlt takes so long that it runs once, without a warm-up. */
  rounds: number;
  read(table: BenchTable, round: number): Promise<Taken>;
}

export async function readersOf({ postgres, aws }: Environment, admin: pg.Client, folder: string): Promise<Reader[]> {
  if (!postgres || !aws) return [];
  const env = await pipelineEnvironment(aws, BUCKET, folder, { 'etl/postgres': postgres.secret });
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, postgres.secret.ca);
  const { username, password, host, port, database } = postgres.secret;
  const address = `postgresql://${username}:${password}@${host}:${port}/${database}?sslmode=require&sslrootcert=${ca}`;
  const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Taken;
  const script = await bundled(join(import.meta.dirname, 'pipeline.ts'));
  const pipeline = (processes: number): Reader => ({
    name: `the pipeline, ${processes} ${processes === 1 ? 'chunk' : 'chunks'} at once`,
    isPeer: false,
    rounds: ROUNDS,
    read: async ({ name }) => {
      // What has landed stays what it is: each reading has a folder of its own.
      const own = { ...env, BENCH_ROUND: randomUUID() };
      return lastLine((await run(process.execPath, [script, name, String(processes)], { env: own })).stdout);
    },
  });
  const peer = (name: string, program: string, rounds: number): Reader => ({
    name,
    isPeer: true,
    rounds,
    read: async (table, round) => {
      const own = join(folder, `${program}-${table.name}-${round}`);
      mkdirSync(own);
      const target = program === 'read_by_dlt' ? own : join(own, 'rows.parquet');
      const { stdout } = await run(PYTHON, [join(import.meta.dirname, 'peers', `${program}.py`), address, table.name, target], {
        maxBuffer: 1 << 26,
      });
      rmSync(own, { recursive: true });
      return lastLine(stdout);
    },
  });
  return [
    { name: FLOOR, isPeer: false, rounds: ROUNDS, read: (table) => copyToNothing(admin, table) },
    pipeline(2),
    pipeline(1),
    peer('connectorx', 'read_by_connectorx', ROUNDS),
    peer('ADBC', 'read_by_adbc', ROUNDS),
    peer('dlt', 'read_by_dlt', 1),
  ];
}

async function copyToNothing(admin: pg.Client, { name }: BenchTable): Promise<Taken> {
  const { rowCount } = await admin.query(`COPY ${name} TO '/dev/null' (FORMAT csv)`);
  return { rows: rowCount ?? 0, cpuSeconds: 0, megabytes: 0 };
}
