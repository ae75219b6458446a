/** Plans a run over the datasets asked for, writes its plan, and answers with what the state machine needs to go on. */
import type { SourceKind } from '../../config/sources.ts';
import type { Mode } from '../batch/batch-plan.ts';
import type { CompiledContracts, Contract } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { DatasetBusy, InputInvalid, PipelineError } from '../errors.ts';
import { goldIsBehind } from '../gold/gold-inputs.ts';
import { writeJson } from '../objects.ts';
import { planAddress, resultsOf, runFolder } from '../run/addresses.ts';
import type { PlannedDataset, Problem, RunPlan } from '../run/run-plan.ts';
import { openBatch } from './open-batch.ts';
import type { PlanServices, Run } from './services.ts';

export interface Request {
  datasets?: string[] | undefined;
  mode: Mode;
  /** Gives up the open batches of the datasets asked for and plans them anew. */
  abandon?: boolean | undefined;
  /** How often this plan was tried before, and how often it may be: a source that is out of reach for a moment is asked again. */
  attempt: number;
}

/** Tries of a plan, as the state machine's Retry has them. */
const ATTEMPTS = 3;

/** `work`: `all` has batches to load, `gold` only Gold to build, `nothing` neither. */
export interface PlannedRun {
  run: string;
  plan: string;
  results: string;
  work: 'all' | 'gold' | 'nothing';
  sources: { source: SourceKind; concurrency: number; chunks: { bucket: string; key: string } }[];
  datasets: Pick<PlannedDataset, 'dataset' | 'seq' | 'token' | 'landing' | 'chunks' | 'resumed'>[];
  leftOut: Problem[];
  failed: Problem[];
  unchanged: string[];
}

type Answer = { planned: PlannedDataset; chunkIds: string[] } | { unchanged: string } | { problem: Problem };

export async function planRun(services: PlanServices, run: Run, request: Request): Promise<PlannedRun> {
  const { env } = services;
  const wanted = contractsOf(services.contracts, request.datasets);
  const answers = await allAnswers(wanted.map((contract) => answerFor(services, contract, run, request)));
  const planned = answers.flatMap((answer) => ('planned' in answer ? [answer] : []));
  const problems = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
  const lake = `s3://${env.LAKE_BUCKET}`;
  const folder = runFolder(lake, run.run);
  const plan: RunPlan = {
    ...run,
    mode: request.mode,
    lake,
    contracts: env.CONTRACTS_URL,
    results: resultsOf(folder),
    datasets: planned.map((answer) => answer.planned),
    leftOut: problems.filter(({ error }) => error === DatasetBusy.code),
    failed: problems.filter(({ error }) => error !== DatasetBusy.code),
    unchanged: answers.flatMap((answer) => ('unchanged' in answer ? [answer.unchanged] : [])),
  };
  await writeJson(planAddress(folder), plan);
  return {
    run: run.run,
    plan: planAddress(folder),
    results: plan.results,
    work: planned.length > 0 ? 'all' : (await goldIsBehind(services.ledger, services.contracts)) ? 'gold' : 'nothing',
    sources: await writeChunks(env, folder, planned),
    datasets: plan.datasets.map(({ dataset, seq, token, landing, chunks, resumed }) => ({
      dataset,
      seq,
      token,
      landing,
      chunks,
      resumed,
    })),
    leftOut: plan.leftOut,
    failed: plan.failed,
    unchanged: plan.unchanged,
  };
}

function contractsOf({ datasets }: CompiledContracts, names: string[] | undefined): Contract[] {
  if (!names) return Object.values(datasets);
  return [...new Set(names)].map((name) => {
    const contract = datasets[name];
    if (contract) return contract;
    throw new InputInvalid({
      expected: `datasets of ${Object.keys(datasets).join(', ')}`,
      found: name,
      remedy: 'correct the name, or add a contract and deploy',
    });
  });
}

/** Waits for all, even when one has failed: a function that answers before would go on with the rest beside its own next try. */
async function allAnswers(answers: Promise<Answer>[]): Promise<Answer[]> {
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

/** One dataset's failure is its own: it is recorded and the others go on. */
async function answerFor(services: PlanServices, contract: Contract, run: Run, { mode, abandon, attempt }: Request): Promise<Answer> {
  const { dataset } = contract;
  try {
    const opened = await openBatch(services, contract, run, { mode, abandon });
    return opened ?? { unchanged: dataset };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    // The leases that this run has taken meanwhile are its own still when it plans again.
    if (error.retry === 'backoff' && attempt + 1 < ATTEMPTS) throw error;
    return { problem: { dataset, error: error.code, cause: error.message } };
  }
}

/** One list of chunks a source, since each source has its own limit of what may read from it at once. */
async function writeChunks(
  env: Environment,
  folder: string,
  planned: { planned: PlannedDataset; chunkIds: string[] }[],
): Promise<PlannedRun['sources']> {
  const sources = [...new Set(planned.map(({ planned }) => planned.source))];
  return Promise.all(
    sources.map(async (source) => {
      const items = planned
        .filter((entry) => entry.planned.source === source)
        .flatMap(({ planned: { dataset, seq, landing }, chunkIds }) => chunkIds.map((chunk) => ({ dataset, seq, chunk, landing })));
      const key = `${folder}/chunks/${source}.json`;
      await writeJson(key, items);
      return {
        source,
        concurrency: env.SETTINGS.concurrency[source],
        chunks: { bucket: env.LAKE_BUCKET, key: key.slice(`s3://${env.LAKE_BUCKET}/`.length) },
      };
    }),
  );
}
