/** Whether Silver has taken a batch: from then on the batch is only to be committed. */
import { lastBatchUpTo, versionsOf } from './table-versions.ts';

/** The version in which Silver took the batch; undefined while it has not. */
export async function versionInSilver(lake: string, dataset: string, seq: number): Promise<number | undefined> {
  const table = `${lake}/silver/${dataset}`;
  const last = await lastBatchUpTo(table, (await versionsOf(table)).at(-1) ?? -1);
  return last?.batch === seq ? last.version : undefined;
}
