/**
 * Loads one batch of a dataset by nothing but its contract, as the functions do, from the checkout that this file lies in. Arguments: the
 * dataset, the address to land at, the watermark as JSON. Prints what was planned, null where nothing is new, or the error's name.
 */
import { join } from 'node:path';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { PipelineError } from '../../../functions/errors.ts';
import { landChunk } from '../../../functions/landing/land-chunk.ts';
import { sourceOf } from '../../../functions/sources/by-kind.ts';
import { compileContracts } from '../../../infra/contracts/compile.ts';

const [dataset = '', landing = '', watermark = 'null'] = process.argv.slice(2);

async function load() {
  const contract = compileContracts(join(import.meta.dirname, '../../../contracts')).datasets[dataset];
  if (!contract) throw new Error(`expected a contract of ${dataset}; found none`);
  const source = sourceOf(contract.source);
  const plan = await source.plan({ contract, watermark: JSON.parse(watermark) ?? undefined, mode: 'incremental' });
  for (const chunk of plan?.chunks ?? []) {
    const signal = new AbortController().signal;
    const stream = await source.read({ contract, plan: plan as BatchPlan, chunk, landing, ticket: undefined, signal });
    if (stream.kind === 'pending' || stream.kind === 'stored') throw new Error(`expected rows; found ${stream.kind}`);
    await landChunk({ dataset, url: `${landing}/${chunk.id}.parquet`, columns: chunk.columns, stream, signal });
    await stream.close();
  }
  return plan ?? null;
}

const answer = await load().catch((error: unknown) => {
  if (error instanceof PipelineError) return { error: error.code };
  throw error;
});
process.stdout.write(JSON.stringify(answer));
