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
import { RESTORED, type WhatToRestore } from './restore-plan.ts';
import { runPlanOf } from './run-plan-of.ts';
import type { PlanServices, Run } from './services.ts';

export interface Request extends Omit<WhatToOpen, 'restore'> {
  datasets?: string[] | undefined;
  /** Of a restore: which table, as `silver.users`, and its version or time. */
  table?: string | undefined;
  to?: number | string | undefined;
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
  const restore = whatToRestore(contracts, request);
  const asked = whatIsAsked(contracts, restore ? { ...request, datasets: [restore.dataset] } : request);
  if (asked.models.length > 0) await ledger.requestRebuild(asked.models);
  const answers = await answersFor(services, asked.datasets, run, { ...request, restore });
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

function whatToRestore({ datasets }: CompiledContracts, { table, to }: Request): WhatToRestore | undefined {
  if (table === undefined || to === undefined) return undefined;
  const [layer, dataset = ''] = table.split('.', 2);
  const restored = RESTORED.find((each) => each === layer);
  if (restored && datasets[dataset]) return { layer: restored, dataset, to };
  throw invalid(
    `a table of Bronze or Silver, as silver.${Object.keys(datasets)[0]}`,
    table,
    layer === 'gold' ? `mode full with the dataset ${table}: Gold is made anew from Silver` : 'correct the name',
  );
}

function contractNamed(datasets: CompiledContracts['datasets'], name: string): Contract {
  const contract = datasets[name];
  if (contract) return contract;
  throw invalid(`datasets of ${Object.keys(datasets).join(', ')}`, name, 'correct the name, or add a contract and deploy');
}

function invalid(expected: string, found: string, remedy: string): InputInvalid {
  return new InputInvalid({ expected, found, remedy });
}
