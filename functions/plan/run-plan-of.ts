/** The plan of a run, from what came of its datasets. Writes nothing: what is printed is what is written. */
import type { BatchMode } from '../batch/batch-plan.ts';
import type { Environment } from '../environment.ts';
import { DatasetBusy } from '../errors.ts';
import { resultsOf, runFolder } from '../run/addresses.ts';
import type { RunPlan } from '../run/run-plan.ts';
import type { Answer } from './answer.ts';
import type { Run } from './services.ts';

export function runPlanOf(env: Environment, run: Run, mode: BatchMode, answers: Answer[]): RunPlan {
  const lake = `s3://${env.LAKE_BUCKET}`;
  const problems = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
  return {
    ...run,
    mode,
    lake,
    contracts: env.CONTRACTS_URL,
    results: resultsOf(runFolder(lake, run.run)),
    datasets: answers.flatMap((answer) => ('planned' in answer ? [answer.planned] : [])),
    leftOut: problems.filter(({ error }) => error === DatasetBusy.code),
    failed: problems.filter(({ error }) => error !== DatasetBusy.code),
    unchanged: answers.flatMap((answer) => ('unchanged' in answer ? [answer.unchanged] : [])),
  };
}
