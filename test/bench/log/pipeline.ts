/**
 * The pipeline as the benchmark of the log asks it: `plan` makes the slot and prints the watermark, `read <watermark> <folder>` plans what has
 * come since, lands it and prints what that took. Nothing is confirmed, so that another round reads the same.
 */
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import { postgres } from '../../../functions/sources/postgres/postgres.ts';
import { contract } from '../../functions/contracts.ts';
import { taken } from '../extract/taken.ts';

const of = contract({
  dataset: 'narrow',
  columns: { id: 'bigint', product: 'bigint', price: 'numeric', code: 'text', updated_at: 'timestamp with time zone' },
  load: { mode: 'log', sequence: undefined } as never,
});
const signal = new AbortController().signal;

async function planned(watermark: unknown): Promise<BatchPlan> {
  return (await postgres.plan({ contract: of, watermark, mode: 'incremental' })) as BatchPlan;
}

async function read(watermark: unknown, folder: string) {
  const begun = performance.now();
  const plan = await planned(watermark);
  let rows = 0;
  for (const chunk of plan.chunks) {
    let ticket: string | undefined;
    let part = 0;
    do {
      const stream = await postgres.read({ contract: of, plan, chunk, landing: folder, ticket, signal });
      if (stream.kind !== 'copy') throw new Error(`expected a stream as of COPY; found ${stream.kind}`);
      part += 1;
      const stored = await landChunk({
        dataset: 'narrow',
        url: `${folder}/${chunk.id}-${part}.parquet`,
        columns: chunk.columns,
        stream,
        signal,
      });
      await stream.close();
      rows += stored.rows;
      ticket = stored.rest;
    } while (ticket !== undefined);
  }
  return { seconds: (performance.now() - begun) / 1000, ...taken(rows) };
}

const [what, watermark = '', folder = ''] = process.argv.slice(2);
process.stdout.write(JSON.stringify(what === 'plan' ? (await planned(undefined)).watermark : await read(JSON.parse(watermark), folder)));
process.exit(0);
