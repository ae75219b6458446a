/** What a run did, from the objects it left: one row a dataset and model, whether it ended well or not. */
import { readJson } from '../functions/objects.ts';
import { resultsAddress } from '../functions/run/addresses.ts';
import { type LayerResult, LayerResults } from '../functions/run/layer-results.ts';
import { readRunPlan } from '../functions/run/read-run-plan.ts';
import type { Output } from './output.ts';
import type { Stage } from './stage.ts';

export interface DatasetReport {
  dataset: string;
  batch: number | undefined;
  status: 'loaded' | 'unchanged' | 'failed' | 'busy';
  read?: number | undefined;
  inserted?: number | undefined;
  updated?: number | undefined;
  unchanged?: number | undefined;
  superseded?: number | undefined;
  deleted?: number | undefined;
  quarantined?: number | undefined;
  removed?: number | undefined;
  seconds?: number | undefined;
  error?: string | undefined;
  cause?: string | undefined;
}

export interface ModelReport {
  model: string;
  status: string;
  rows: number | undefined;
  seconds: number | undefined;
}

export interface RunReport {
  datasets: DatasetReport[];
  models: ModelReport[];
}

export async function runReport({ names }: Stage, run: string): Promise<RunReport> {
  const plan = await readRunPlan(`s3://${names.buckets.lake}`, run);
  if (!plan) return { datasets: [], models: [] };
  const results = async (layer: 'landing' | 'bronze' | 'silver' | 'gold') =>
    (await readJson(resultsAddress(plan.results, layer), LayerResults))?.datasets ?? {};
  const [landing, bronze, silver, gold] = await Promise.all([results('landing'), results('bronze'), results('silver'), results('gold')]);
  const planned = plan.datasets.map(({ dataset, seq }) => reportOf(dataset, seq, [landing[dataset], bronze[dataset], silver[dataset]]));
  const others = [
    ...plan.unchanged.map((dataset): DatasetReport => ({ dataset, batch: undefined, status: 'unchanged' })),
    ...plan.leftOut.map(({ dataset, error, cause }): DatasetReport => ({ dataset, batch: undefined, status: 'busy', error, cause })),
    ...plan.failed.map(({ dataset, error, cause }): DatasetReport => ({ dataset, batch: undefined, status: 'failed', error, cause })),
  ];
  return {
    datasets: [...planned, ...others].sort((one, other) => one.dataset.localeCompare(other.dataset)),
    models: Object.entries(gold).map(([model, result]) => ({
      model,
      status: result.status === 'ok' ? (result.alreadyCommitted || result.unchanged ? 'unchanged' : 'built') : result.error,
      rows: result.status === 'ok' ? result.rows : undefined,
      seconds: result.seconds,
    })),
  };
}

function reportOf(dataset: string, batch: number, layers: (LayerResult | undefined)[]): DatasetReport {
  const seconds = layers.reduce((sum, layer) => sum + (layer?.seconds ?? 0), 0);
  const failed = layers.find((layer) => layer?.status === 'failed');
  if (failed?.status === 'failed') return { dataset, batch, status: 'failed', seconds, error: failed.error, cause: failed.cause };
  const silver = layers.at(-1);
  if (silver?.status !== 'ok' || !silver.outcomes) {
    return {
      dataset,
      batch,
      status: 'failed',
      seconds,
      error: 'Unfinished',
      cause: 'the run ended before Silver took the batch; the next run goes on with it',
    };
  }
  return { dataset, batch, status: 'loaded', ...silver.outcomes, removed: silver.deletedByAbsence, seconds };
}

const COUNTS = ['read', 'inserted', 'updated', 'unchanged', 'superseded', 'deleted', 'quarantined', 'removed'] as const;

export function showReport(output: Output, { datasets, models }: RunReport): void {
  output.table(
    ['dataset', 'batch', 'status', ...COUNTS, 'seconds'],
    datasets.map((row) => [row.dataset, row.batch, row.status, ...COUNTS.map((count) => row[count]), row.seconds?.toFixed(1)]),
  );
  if (models.length > 0) {
    output.line();
    output.table(
      ['gold', 'status', 'rows', 'seconds'],
      models.map(({ model, status, rows, seconds }) => [model, status, rows, seconds?.toFixed(1)]),
    );
  }
  for (const { dataset, error, cause } of datasets) if (error) output.line(`\n${dataset}: ${error}\n  ${cause}`);
}
