/** The plan of a build of Gold: which Silver versions it reads. */
import * as z from 'zod';
import { readJson } from '../objects.ts';

export const GoldPlan = z.object({ n: z.number().int(), inputs: z.record(z.string(), z.object({ version: z.number().int() })) });
export type GoldPlan = z.infer<typeof GoldPlan>;

/** The Silver versions that build `plan` pinned. */
export async function pinnedVersions(plan: string): Promise<Record<string, number>> {
  const pinned = await readJson(plan, GoldPlan);
  return Object.fromEntries(Object.entries(pinned?.inputs ?? {}).map(([dataset, { version }]) => [dataset, version]));
}
