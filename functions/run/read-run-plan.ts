/** Reads the plan of a run, in its place in the lake. */
import { readJson } from '../objects.ts';
import { planAddress, runFolder } from './addresses.ts';
import { RunPlan } from './run-plan.ts';

/** `lake`: `s3://<bucket>`. Undefined when the run has none: it ended before it was planned. */
export const readRunPlan = (lake: string, run: string) => readJson(planAddress(runFolder(lake, run)), RunPlan);
