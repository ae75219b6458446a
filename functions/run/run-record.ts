/** The record of a run, a line a dataset: what became of it, how fast and how good. Gold's `run_log` gathers them (spark-jobs/medallion/run_log.py). */
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { readJson, writeJsonOnce } from '../objects.ts';
import { resultsAddress } from './addresses.ts';
import { LayerResults, type Taken } from './layer-results.ts';
import { readRunPlan } from './read-run-plan.ts';
import type { PlannedDataset, Problem, RunPlan } from './run-plan.ts';

/** `stopped`: the run ended before it could say. */
type Status = 'loaded' | 'failed' | 'stopped' | 'left out' | 'unchanged';

export interface RunLine {
  run: string;
  dataset: string;
  source: string;
  mode: string;
  status: Status;
  error: string | null;
  batch: number | null;
  /** When the batch was planned: from then on its rows are on their way. */
  planned_at: string | null;
  started_at: string;
  ended_at: string;
  freshness_hours: number;
  spark_seconds: number | null;
  read: number | null;
  quarantined: number | null;
  completeness: number | null;
  accuracy: number | null;
  consistency: number | null;
  timeliness: number | null;
  uniqueness: number | null;
}

export interface RunEnd {
  run: string;
  /** Datasets that were committed. */
  loaded: readonly string[];
  failed: readonly Problem[];
  endedAt: Date;
}

/** The first record of a run stays: it is the one of the run itself, or of the clean-up where that could not write one. */
export async function recordRun(env: Environment, contracts: CompiledContracts, end: RunEnd): Promise<void> {
  const lake = `s3://${env.LAKE_BUCKET}`;
  const plan = await readRunPlan(lake, end.run);
  // A run that was stopped before it had a plan has touched no dataset.
  if (!plan) return;
  const lines = await linesOf(plan, contracts, end);
  await writeJsonOnce(`${lake}/run-log/${plan.startedAt.slice(0, 10)}/${end.run}.json`, lines);
}

async function linesOf(plan: RunPlan, { datasets: contracts }: CompiledContracts, end: RunEnd): Promise<RunLine[]> {
  const [bronze, silver] = await Promise.all(
    (['bronze', 'silver'] as const).map((layer) => readJson(resultsAddress(plan.results, layer), LayerResults)),
  );
  const lineOf = (dataset: string, status: Status, error: string | null): RunLine => ({
    run: plan.run,
    dataset,
    source: contracts[dataset]?.source ?? '',
    mode: plan.mode,
    status,
    error,
    batch: null,
    planned_at: null,
    started_at: plan.startedAt,
    ended_at: end.endedAt.toISOString(),
    freshness_hours: contracts[dataset]?.freshnessHours ?? 0,
    ...measured(taken(bronze, dataset), taken(silver, dataset)),
  });
  return [
    ...plan.datasets.map((each) => ({
      ...lineOf(each.dataset, ...becameOf(each, end)),
      batch: each.seq,
      planned_at: each.plannedAt,
    })),
    ...plan.failed.map(({ dataset, error }) => lineOf(dataset, 'failed', error)),
    ...plan.leftOut.map(({ dataset, error }) => lineOf(dataset, 'left out', error)),
    ...plan.unchanged.map((dataset) => lineOf(dataset, 'unchanged', null)),
  ];
}

/** What failed as a whole, as `*`, failed every dataset that was not committed before. */
function becameOf({ dataset }: PlannedDataset, { loaded, failed }: RunEnd): [Status, string | null] {
  if (loaded.includes(dataset)) return ['loaded', null];
  const problem = failed.find((each) => each.dataset === dataset) ?? failed.find((each) => each.dataset === '*');
  return problem ? ['failed', problem.error] : ['stopped', null];
}

function taken(results: LayerResults | undefined, dataset: string): Taken | undefined {
  const result = results?.datasets[dataset];
  return result?.status === 'ok' ? result : undefined;
}

function measured(bronze: Taken | undefined, silver: Taken | undefined) {
  const { outcomes, quality } = silver ?? {};
  return {
    spark_seconds: silver ? (bronze?.seconds ?? 0) + (silver.seconds ?? 0) : null,
    read: outcomes?.read ?? null,
    quarantined: outcomes?.quarantined ?? null,
    completeness: quality?.completeness ?? null,
    accuracy: quality?.accuracy ?? null,
    consistency: quality?.consistency ?? null,
    timeliness: quality?.timeliness ?? null,
    uniqueness: quality?.uniqueness ?? null,
  };
}
