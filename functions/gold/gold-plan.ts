/** The plan of a build of Gold: which Silver versions it reads. */
import * as z from 'zod';
import { readJson } from '../objects.ts';

export const GoldPlan = z.object({
  n: z.number().int(),
  inputs: z.record(z.string(), z.object({ version: z.number().int() })),
  /** Hash of the definitions that are built; absent when a deployment came between the run's plan and this one. */
  definitions: z.string().optional(),
  /** Models to make whole, whatever has changed. */
  whole: z.array(z.string()),
});
export type GoldPlan = z.infer<typeof GoldPlan>;

/** What the head of Gold says once the build is committed. */
export async function builtBy(plan: string): Promise<{ inputs: Record<string, number>; definitions: string | undefined; whole: string[] }> {
  const pinned = await readJson(plan, GoldPlan);
  const inputs = Object.entries(pinned?.inputs ?? {}).map(([dataset, { version }]) => [dataset, version]);
  return { inputs: Object.fromEntries(inputs), definitions: pinned?.definitions, whole: pinned?.whole ?? [] };
}
