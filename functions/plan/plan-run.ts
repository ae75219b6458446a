/** Plans a run over the datasets asked for, writes its plan, and answers with what the state machine needs to go on. */
import type { CompiledContracts, Contract } from '../contract/contract.ts';
import { InputInvalid } from '../errors.ts';
import { goldIsBehind } from '../gold/gold-inputs.ts';
import { writeJson } from '../objects.ts';
import { planAddress, runFolder } from '../run/addresses.ts';
import type { PlannedDataset, RunPlan } from '../run/run-plan.ts';
import { answersFor } from './answer.ts';
import { type ChunkList, writeChunkLists } from './chunk-lists.ts';
import type { WhatToOpen } from './open-batch.ts';
import { runPlanOf } from './run-plan-of.ts';
import type { PlanServices, Run } from './services.ts';

export interface Request extends WhatToOpen {
  datasets?: string[] | undefined;
  /** How often this plan was tried before. */
  attempt: number;
}

/** `work`: `all` has batches to load, `gold` only Gold to build, `nothing` neither. */
export interface PlannedRun extends Pick<RunPlan, 'run' | 'results' | 'leftOut' | 'failed' | 'unchanged'> {
  plan: string;
  work: 'all' | 'gold' | 'nothing';
  sources: ChunkList[];
  datasets: Pick<PlannedDataset, 'dataset' | 'seq' | 'token' | 'landing' | 'chunks' | 'resumed'>[];
}

export async function planRun(services: PlanServices, run: Run, request: Request): Promise<PlannedRun> {
  const { env, contracts, ledger } = services;
  const asked = whatIsAsked(contracts, request);
  if (asked.models.length > 0) await ledger.requestRebuild(asked.models);
  const answers = await answersFor(services, asked.datasets, run, request);
  const plan = runPlanOf(env, run, request.mode, answers);
  const address = planAddress(runFolder(plan.lake, run.run));
  await writeJson(address, plan);
  const batches = answers.flatMap((answer) => ('planned' in answer ? [answer] : []));
  const { results, leftOut, failed, unchanged } = plan;
  return {
    run: run.run,
    plan: address,
    results,
    work: batches.length > 0 ? 'all' : (await goldIsBehind(ledger, contracts)) ? 'gold' : 'nothing',
    sources: await writeChunkLists(env, run.run, batches),
    datasets: plan.datasets.map(({ dataset, seq, token, landing, chunks, resumed }) => ({ dataset, seq, token, landing, chunks, resumed })),
    leftOut,
    failed,
    unchanged,
  };
}

const GOLD_PREFIX = 'gold.';

/** All datasets, or those named; and the Gold models named, as `gold.<model>`, which are made anew. */
function whatIsAsked(
  { datasets, gold }: CompiledContracts,
  { datasets: names, mode }: Request,
): { datasets: Contract[]; models: string[] } {
  if (!names) return { datasets: Object.values(datasets), models: [] };
  const unique = [...new Set(names)];
  const models = unique.filter((name) => name.startsWith(GOLD_PREFIX)).map((name) => name.slice(GOLD_PREFIX.length));
  const unknown = models.find((model) => !gold[model]);
  if (unknown) throw invalid(`models of ${Object.keys(gold).join(', ')}`, unknown, 'correct the name, or add a contract and deploy');
  if (models.length > 0 && mode !== 'full')
    throw invalid('mode full for a Gold model, which is made anew whole', `mode ${mode}`, 'add --mode full, or name the datasets it reads');
  return { datasets: unique.filter((name) => !name.startsWith(GOLD_PREFIX)).map((name) => contractNamed(datasets, name)), models };
}

function contractNamed(datasets: CompiledContracts['datasets'], name: string): Contract {
  const contract = datasets[name];
  if (contract) return contract;
  throw invalid(`datasets of ${Object.keys(datasets).join(', ')}`, name, 'correct the name, or add a contract and deploy');
}

function invalid(expected: string, found: string, remedy: string): InputInvalid {
  return new InputInvalid({ expected, found, remedy });
}
