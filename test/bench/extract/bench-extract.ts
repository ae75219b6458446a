/**
 * `npm run bench:extract [rows] [table …]`: PostgreSQL to Parquet, by the pipeline and by what else reads it, side by side: the same tables,
 * server and machine, in turn. A line of JSON for each measurement as it comes, a table of medians in Markdown at the end.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { checkout, type Environment } from '../../../local/environment.ts';
import { findPython } from '../../../local/setup/find-python.mjs';
import { getInstaller, installPython } from '../../../local/setup/install-python.mjs';
import { startEnvironment } from '../../local/start-environment.ts';
import { type BenchTable, fill, TABLES } from './tables.ts';
import type { Taken } from './taken.ts';

const run = promisify(execFile);
const ROUNDS = 3;
const PYTHON = {
  folder: join(checkout, '.etl', 'python', 'bench-extract'),
  lock: join(checkout, 'local', 'setup', 'locks', 'bench-extract.txt'),
};

/** Seconds of the clock; of the reader, the server and S3 those of the processor. */
interface Measured extends Taken {
  table: string;
  reader: string;
  seconds: number;
  serverCpu: number;
  s3Cpu: number;
}

interface Reader {
  name: string;
  /** dlt takes so long that it runs once, without a warm-up. */
  rounds: number;
  read(table: BenchTable, round: number): Promise<Taken>;
}

async function main(rows: number, names: string[]): Promise<void> {
  const python = await findPython(process.env);
  await installPython(PYTHON, python, await getInstaller(python));
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
    const before = cpuOf(environment);
    const begun = performance.now();
    const taken = await reader.read(table, round);
    const seconds = (performance.now() - begun) / 1000;
    if (taken.rows !== rows) throw new Error(`expected ${rows} rows of ${reader.name}; found ${taken.rows}`);
    const after = cpuOf(environment);
    const one = {
      table: table.name,
      reader: reader.name,
      seconds,
      ...taken,
      serverCpu: after.postgres - before.postgres,
      s3Cpu: after.aws - before.aws,
    };
    process.stdout.write(`${JSON.stringify({ round, ...one })}\n`);
    if (round > 0) measured.push(one);
  }
  return measured;
}

async function readersOf({ postgres, aws }: Environment, admin: pg.Client, folder: string): Promise<Reader[]> {
  if (!postgres || !aws) return [];
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.account,
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    BENCH_BUCKET: 'bench-extract',
    BENCH_FOLDER: folder,
  };
  const credentials = { accessKeyId: aws.account, secretAccessKey: 'test' };
  const to = { endpoint: aws.endpoint, region: aws.region, credentials };
  await new S3Client({ ...to, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: env.BENCH_BUCKET }));
  await new SecretsManagerClient(to).send(new CreateSecretCommand({ Name: 'etl/postgres', SecretString: JSON.stringify(postgres.secret) }));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, postgres.secret.ca);
  const { username, password, host, port, database } = postgres.secret;
  const address = `postgresql://${username}:${password}@${host}:${port}/${database}?sslmode=require&sslrootcert=${ca}`;
  const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '') as Taken;
  const pipeline = (processes: number): Reader => ({
    name: `the pipeline, ${processes} ${processes === 1 ? 'chunk' : 'chunks'} at once`,
    rounds: ROUNDS,
    read: async ({ name }, round) => {
      const args = ['--no-warnings', join(import.meta.dirname, 'pipeline.ts'), name, String(processes)];
      return lastLine((await run(process.execPath, args, { env: { ...env, BENCH_ROUND: `${processes}-${round}` } })).stdout);
    },
  });
  const peer = (name: string, script: string, rounds: number): Reader => ({
    name,
    rounds,
    read: async (table, round) => {
      const own = join(folder, `${script}-${table.name}-${round}`);
      mkdirSync(own);
      const target = script === 'read_by_dlt' ? own : join(own, 'rows.parquet');
      const { stdout } = await run(
        join(PYTHON.folder, 'bin', 'python'),
        [join(import.meta.dirname, 'peers', `${script}.py`), address, table.name, target],
        { maxBuffer: 1 << 26 },
      );
      rmSync(own, { recursive: true });
      return lastLine(stdout);
    },
  });
  return [
    { name: "the server's COPY to nothing", rounds: ROUNDS, read: (table) => copyToNothing(admin, table) },
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

/** Seconds of the processor that each service has used, with what it started: a server's sessions count when they have ended. */
function cpuOf({ processes }: Environment): Record<string, number> {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(ticksOf);
  return Object.fromEntries(
    processes.map(({ name, pid }) => [name, ticks.filter(({ group }) => group === pid).reduce((sum, each) => sum + each.ticks, 0) / 100]),
  );
}

function ticksOf(pid: string): { group: number; ticks: number }[] {
  try {
    const [, , group, , , , , , , , , user, system, ofChildren, ofChildrenSystem] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
    return [{ group: group ?? 0, ticks: (user ?? 0) + (system ?? 0) + (ofChildren ?? 0) + (ofChildrenSystem ?? 0) }];
  } catch {
    // Ended meanwhile.
    return [];
  }
}

function markdown(measured: Measured[]): string {
  const lines = [
    `${availableParallelism()} cores, Node ${process.versions.node}`,
    '',
    '| table | reader | seconds | times COPY | CPU s per million rows: reader | server | S3 | peak MB of one process |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const groups = Map.groupBy(measured, ({ table, reader }) => `${table}|${reader}`);
  for (const each of groups.values()) {
    const [{ table, reader, rows }] = each as [Measured];
    const floor = median((groups.get(`${table}|the server's COPY to nothing`) ?? []).map(({ seconds }) => seconds));
    const per = (of: (one: Measured) => number) => ((median(each.map(of)) / rows) * 1e6).toFixed(1);
    const seconds = median(each.map((one) => one.seconds));
    lines.push(
      `| ${table} | ${reader} | ${seconds.toFixed(1)} | ${(seconds / floor).toFixed(2)} | ${per((one) => one.cpuSeconds)} | ${per((one) => one.serverCpu)} | ${per((one) => one.s3Cpu)} | ${Math.max(...each.map(({ megabytes }) => megabytes))} |`,
    );
  }
  return lines.join('\n');
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const [rows = '3000000', ...names] = process.argv.slice(2);
await main(Number(rows), names);
