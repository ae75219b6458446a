/**
 * `npm run bench:log [changes]`: how many changes a second come from PostgreSQL's log to Parquet on S3, by the pipeline's own plan, read and
 * landing. A line of JSON for each round, medians in Markdown at the end.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startEnvironment } from '../../local/start-environment.ts';
import { bundled } from '../bundled.ts';
import { pipelineEnvironment } from '../extract/pipeline-environment.ts';
import { processorTime } from '../extract/processor-time.ts';
import type { Taken } from '../extract/taken.ts';
import { connectAsOwner } from '../owner.ts';

const ROUNDS = 3;
const BUCKET = 'bench-log';

/** Half new rows, a third changed, the rest deleted, a hundred to a transaction. */
async function write(admin: pg.Client, changes: number): Promise<void> {
  const turns = changes / 600;
  await admin.query(`DO $$ BEGIN
    FOR turn IN 0..${turns - 1} LOOP
      FOR part IN 0..2 LOOP
        INSERT INTO narrow SELECT i, i * 7919::bigint % 100003, i * 31::bigint % 1000000 / 100.0, 'C' || i % 5000, now()
          FROM generate_series(turn * 300 + part * 100, turn * 300 + part * 100 + 99) AS i;
        COMMIT;
      END LOOP;
      UPDATE narrow SET price = price + 1 WHERE id >= turn * 300 AND id < turn * 300 + 200;
      COMMIT;
      DELETE FROM narrow WHERE id >= turn * 300 AND id < turn * 300 + 100;
      COMMIT;
    END LOOP;
  END $$`);
}

async function main(changes: number): Promise<void> {
  const { environment, end } = await startEnvironment(['postgres', 'aws']);
  try {
    const { postgres, aws } = environment;
    if (!postgres || !aws) throw new Error('expected PostgreSQL and AWS in the environment; found neither');
    const admin = await connectAsOwner(postgres);
    await admin.query('CREATE TABLE narrow (id bigint PRIMARY KEY, product bigint, price numeric, code text, updated_at timestamptz)');
    await admin.query('CREATE PUBLICATION etl_narrow FOR TABLE narrow');
    const env = await pipelineEnvironment(aws, BUCKET, '', { 'etl/postgres': postgres.secret });
    const script = await bundled(join(import.meta.dirname, 'pipeline.ts'));
    const pipeline = (...args: string[]) => execFileSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
    const watermark = pipeline('plan');
    await write(admin, changes);
    const found: { seconds: number; cpuSeconds: number; serverCpu: number; megabytes: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const serverBefore = processorTime(environment, 'postgres');
      const { rows, seconds, ...taken } = JSON.parse(pipeline('read', watermark, `s3://${BUCKET}/${round}`)) as Taken & { seconds: number };
      if (rows !== changes) throw new Error(`expected ${changes} changes; found ${rows}`);
      const one = { seconds, ...taken, serverCpu: processorTime(environment, 'postgres') - serverBefore };
      process.stdout.write(`${JSON.stringify({ round, ...one })}\n`);
      if (round > 0) found.push(one);
    }
    process.stdout.write(`\n${markdown(changes, found)}\n`);
  } finally {
    await end();
  }
}

function markdown(changes: number, found: { seconds: number; cpuSeconds: number; serverCpu: number; megabytes: number }[]): string {
  const median = (of: (one: (typeof found)[number]) => number) => found.map(of).toSorted((a, b) => a - b)[found.length >> 1] ?? Number.NaN;
  const per = (of: (one: (typeof found)[number]) => number) => ((median(of) / changes) * 1e6).toFixed(1);
  return [
    `${availableParallelism()} cores, Node ${process.versions.node}`,
    '',
    '| changes | seconds | changes a second | CPU s per million changes: reader | server | peak MB of the reader |',
    '|---|---|---|---|---|---|',
    `| ${changes} | ${median(({ seconds }) => seconds).toFixed(1)} | ${Math.round(changes / median(({ seconds }) => seconds))} | ${per(({ cpuSeconds }) => cpuSeconds)} | ${per(({ serverCpu }) => serverCpu)} | ${Math.max(...found.map(({ megabytes }) => megabytes))} |`,
  ].join('\n');
}

const [changes = '1200000'] = process.argv.slice(2);
await main(Number(changes));
