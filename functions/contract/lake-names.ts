/** Which names the columns of a dataset may have in the lake, where readers do not tell names apart by case and some names are taken. */
import type { Contract } from './contract.ts';

/** Delta refuses these in a name; Spark takes a point for the way to a field, and the jobs quote names with backticks. */
const FORBIDDEN = /[ ,;{}()\n\t=`.]/;
const OF_BRONZE = ['_batch', '_run', '_source', '_object', '_ingested_at', '_row_hash'];
const OF_VERSIONS = ['valid_from', 'valid_to', 'is_current'];

/** Why the first of `names` that cannot stand beside the ones before it cannot; undefined where all can. */
export function unusableName({ load }: Pick<Contract, 'load'>, names: readonly string[]): { name: string; reason: string } | undefined {
  const taken = new Map(
    [...OF_BRONZE, ...(load.history === 'scd2' ? OF_VERSIONS : [])].map((name) => [name, 'the lake has one of its own']),
  );
  for (const name of names) {
    const reason = FORBIDDEN.test(name) ? 'it has a character that no column of the lake may have' : taken.get(name.toLowerCase());
    if (reason) return { name, reason };
    taken.set(name.toLowerCase(), `${name} is the same but for its case`);
  }
  return undefined;
}
