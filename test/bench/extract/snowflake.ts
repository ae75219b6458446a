/**
 * Snowflake's two ways into landing, beside the driver's own stream whose rows are discarded. The server is the laptop's stand-in, which
 * shares the machine: what an unload takes there says what the function's part of it costs, and nothing of Snowflake's speed.
 */
import { once } from 'node:events';
import { request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { BatchPlan, Chunk } from '../../../functions/batch/batch-plan.ts';
import type { Environment } from '../../../local/environment.ts';
import { contract } from '../../functions/contracts.ts';
import { createRole } from '../../functions/role.ts';
import { startEnvironment } from '../../local/start-environment.ts';

const BUCKET = 'bench-snowflake';
const ROUNDS = 3;
const columns = {
  order_id: 'varchar',
  customer_name: 'varchar',
  order_date: 'date',
  total_amount: 'number(18,2)',
  updated_at: 'timestamp_ltz(6)',
};

/** Seconds by way, the median of three after a warm-up. */
export async function benchSnowflake(rows: number): Promise<Record<string, number>> {
  const { environment, end } = await startEnvironment(['snowflake', 'aws']);
  try {
    const { snowflake, aws } = environment;
    if (!snowflake || !aws) throw new Error('expected Snowflake and AWS in the environment; found neither');
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.account,
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    setDefaultCACertificates([...getCACertificates('default'), snowflake.ca]);
    await fill(snowflake, rows);
    return await measureWays(environment, rows);
  } finally {
    await end();
  }
}

async function measureWays({ snowflake, aws }: Environment, rows: number): Promise<Record<string, number>> {
  // Loaded once the environment says where AWS is.
  const { CreateBucketCommand } = await import('@aws-sdk/client-s3');
  const { s3 } = await import('../../../functions/aws/s3.ts');
  const { landChunk } = await import('../../../functions/landing/land-chunk.ts');
  const { recordFiles } = await import('../../../functions/landing/record-files.ts');
  const { sourceOf } = await import('../../../functions/sources/by-kind.ts');
  const { setSecret } = await import('../../functions/secret.ts');
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const rights = {
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:ListBucket'],
    Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
  };
  await createRole({ endpoint: aws?.endpoint ?? '', id: aws?.account ?? '' }, 'etl-snowflake-unload', trust, [rights]);
  await setSecret('etl/snowflake', { ...snowflake?.secret, unloadRows: 0 });
  const of = contract({
    dataset: 'customer_orders',
    source: 'snowflake',
    columns,
    key: ['order_id'],
    schemaPolicy: 'discard',
    load: { mode: 'snapshot', chunkRows: rows },
  });
  const source = sourceOf('snowflake');
  const plan = (await source.plan({ contract: of, watermark: undefined, mode: 'incremental' })) as unknown as BatchPlan;
  const [unloaded] = plan.chunks;
  if (!unloaded) throw new Error('expected a chunk');
  const streamed: Chunk = { ...unloaded, read: { query: (unloaded.read as { query: string }).query } };
  const signal = new AbortController().signal;
  const read = (chunk: Chunk, landing: string, ticket?: string) =>
    source.read({ contract: of, plan: { ...plan, plannedAt: landing }, chunk, landing, ticket, signal });

  const ways: Record<string, (landing: string) => Promise<number>> = {
    "the driver's stream, rows discarded": async (landing) => {
      const stream = await read(streamed, landing);
      if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
      let count = 0;
      for await (const batch of stream.batches) count += batch.length;
      await stream.close();
      return count;
    },
    'the rows path, to Parquet on S3': async (landing) => {
      const stream = await read(streamed, landing);
      if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
      const stored = await landChunk({ dataset: of.dataset, url: `${landing}/rows.parquet`, columns: unloaded.columns, stream, signal });
      await stream.close();
      return stored.rows;
    },
    'the unload path, measured and recorded': async (landing) => {
      let stream = await read(unloaded, landing);
      while (stream.kind === 'pending') {
        await pause(100);
        stream = await read(unloaded, landing, stream.ticket);
      }
      if (stream.kind !== 'stored') throw new Error(`expected files; found ${stream.kind}`);
      const objects = await recordFiles({
        dataset: of.dataset,
        landing,
        chunk: unloaded.id,
        columns: unloaded.columns,
        files: stream.files,
        signal,
      });
      return objects.reduce((sum, object) => sum + object.rows, 0);
    },
  };
  const seconds: Record<string, number> = {};
  for (const [way, take] of Object.entries(ways)) {
    const taken: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const begun = performance.now();
      const found = await take(`s3://${BUCKET}/${way.split(' ')[1]}/batch=${round}`);
      if (found !== rows) throw new Error(`expected ${rows} rows of ${way}; found ${found}`);
      const one = (performance.now() - begun) / 1000;
      process.stdout.write(`${JSON.stringify({ round, table: 'customer_orders', reader: way, seconds: one })}\n`);
      if (round > 0) taken.push(one);
    }
    seconds[way] = taken.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  }
  return seconds;
}

async function fill({ endpoint, ca, admin, secret }: NonNullable<Environment['snowflake']>, rows: number): Promise<void> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: admin.clientId,
    client_secret: admin.clientSecret,
    scope: admin.scope,
  });
  const { access_token } = (await (await fetch(secret.tokenUrl, { method: 'POST', body: form })).json()) as { access_token: string };
  const sent = request(`${endpoint}/loader/tables/customer_orders?key=`, {
    method: 'POST',
    ca,
    headers: { Authorization: `Bearer ${access_token}` },
    agent: false,
  });
  const answered = once(sent, 'response');
  await pipeline(lines(rows), sent);
  const [response] = await answered;
  for await (const _ of response);
}

function* lines(rows: number): Generator<string> {
  for (let index = 0; index < rows; index += 1) {
    const row = {
      order_id: `O${String(index).padStart(9, '0')}`,
      customer_name: `Customer ${index % 9_973} of the benchmark`,
      order_date: '2024-02-29',
      total_amount: `${index % 100_000}.25`,
      updated_at: '2024-01-15 10:00:00.123456+00',
    };
    yield `${JSON.stringify({ op: 'insert', row })}\n`;
  }
}
