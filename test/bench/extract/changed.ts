/** A thousand changed rows among many: how long until they are planned, read and landed, with an index on the cursor and without one. */
import { availableParallelism } from 'node:os';
import type pg from 'pg';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { contract } from '../../functions/contracts.ts';
import { startEnvironment } from '../../local/start-environment.ts';
import { connectAsOwner } from '../owner.ts';
import { pipelineEnvironment } from './pipeline-environment.ts';
import { median } from './report.ts';
import { fill, TABLES } from './tables.ts';

const BUCKET = 'bench-changed';
const ROUNDS = 3;
const CHANGED = 1000;
const [table] = TABLES;

/** Prints a line of JSON a round, medians in Markdown at the end. */
export async function benchChanged(rows: number): Promise<void> {
  const { environment, end } = await startEnvironment(['postgres', 'aws']);
  try {
    const { postgres, aws } = environment;
    if (!postgres || !aws) throw new Error('expected PostgreSQL and AWS in the environment; found neither');
    const admin = await connectAsOwner(postgres);
    await fill(admin, table, rows);
    Object.assign(process.env, await pipelineEnvironment(aws, BUCKET, '', { 'etl/postgres': postgres.secret }));
    const without = await measure(admin, 'without', rows);
    await admin.query(`CREATE INDEX ON ${table.name} (updated_at)`);
    const withIndex = await measure(admin, 'with', rows);
    process.stdout.write(`\n${availableParallelism()} cores, Node ${process.versions.node}, ${rows} rows\n\n`);
    process.stdout.write('| index on the cursor | seconds to plan | to read and land |\n|---|---|---|\n');
    for (const [index, { plan, land }] of Object.entries({ without, with: withIndex })) {
      process.stdout.write(`| ${index} | ${plan.toFixed(2)} | ${land.toFixed(2)} |\n`);
    }
  } finally {
    await end();
  }
}

async function measure(admin: pg.Client, index: string, rows: number): Promise<{ plan: number; land: number }> {
  // Loaded once the environment says where AWS is.
  const { postgres } = await import('../../../functions/sources/postgres/postgres.ts');
  const { landChunk } = await import('../../../functions/landing/land-chunk.ts');
  const of = contract({ dataset: 'narrow', columns: table.columns, schemaPolicy: 'discard' });
  const signal = new AbortController().signal;
  const taken: { plan: number; land: number }[] = [];
  let watermark = (await postgres.plan({ contract: of, watermark: undefined, mode: 'incremental' }))?.watermark;
  for (let round = 0; round <= ROUNDS; round += 1) {
    await admin.query(
      `UPDATE narrow SET price = price + 1, updated_at = clock_timestamp() WHERE id IN (SELECT i * ${Math.floor(rows / CHANGED)} + ${round + 1} FROM generate_series(0, ${CHANGED - 1}) AS i)`,
    );
    let begun = performance.now();
    const plan = (await postgres.plan({ contract: of, watermark, mode: 'incremental' })) as unknown as BatchPlan;
    const planned = (performance.now() - begun) / 1000;
    begun = performance.now();
    let landed = 0;
    for (const chunk of plan.chunks) {
      const landing = `s3://${BUCKET}/${index}/${round}`;
      const stream = await postgres.read({ contract: of, plan, chunk, landing, ticket: undefined, signal });
      if (stream.kind !== 'copy') throw new Error(`expected rows as of COPY; found ${stream.kind}`);
      landed += (await landChunk({ dataset: 'narrow', url: `${landing}/${chunk.id}.parquet`, columns: chunk.columns, stream, signal }))
        .rows;
      await stream.close();
    }
    const one = { plan: planned, land: (performance.now() - begun) / 1000 };
    // The bound is inclusive: what carries the last time that was read is read again.
    if (landed < CHANGED || landed > 2 * CHANGED) throw new Error(`expected ${CHANGED} rows or a few more; found ${landed}`);
    process.stdout.write(`${JSON.stringify({ round, index, rows: landed, ...one })}\n`);
    if (round > 0) taken.push(one);
    watermark = plan.watermark;
  }
  return { plan: median(taken.map(({ plan }) => plan)), land: median(taken.map(({ land }) => land)) };
}
