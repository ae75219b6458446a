/** Reads a topic from its beginning by the pipeline's own source, with the secret from a server that stands for Secrets Manager. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BatchPlan } from '../../functions/batch/batch-plan.ts';
import { contract } from '../functions/contracts.ts';

export async function readLog(secret: object, topic: string, events: number): Promise<number> {
  const server = createServer((_, response) => response.end(JSON.stringify({ SecretString: JSON.stringify(secret) }))).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  });
  // After the variables: the clients read them when they are made.
  const { kafka } = await import('../../functions/sources/kafka/kafka.ts');
  const of = contract({
    dataset: topic,
    source: 'kafka',
    object: topic,
    columns: { id: 'string' },
    load: { mode: 'offsets', chunkRows: events },
  });
  const plan = await kafka.plan({ contract: of, watermark: undefined, mode: 'incremental' });
  let [bytes, read] = [0, 0];
  for (const chunk of plan?.chunks ?? []) {
    const stream = await kafka.read({
      contract: of,
      plan: plan as BatchPlan,
      chunk,
      landing: '',
      ticket: undefined,
      signal: new AbortController().signal,
    });
    if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
    for await (const rows of stream.batches) {
      for (const [, , , , value] of rows) bytes += (value as Uint8Array).length;
      read += rows.length;
    }
    await stream.close();
  }
  if (read !== events) throw new Error(`expected ${events} events; found ${read}`);
  server.close();
  return bytes;
}
