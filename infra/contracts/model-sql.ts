/** Puts the hash of each Gold model's SQL beside its contract: by it the functions see that a model has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledContracts } from '../../functions/contract/contract.ts';

/** `folder` holds one SQL file a model; what the job makes itself (`data_as_of`) has none. */
export function withModelSql({ datasets, gold }: CompiledContracts, folder: string): CompiledContracts {
  const models = Object.entries(gold).map(([name, contract]) => {
    const file = join(folder, `${name}.sql`);
    return [name, existsSync(file) ? { ...contract, sql: createHash('sha256').update(readFileSync(file)).digest('hex') } : contract];
  });
  return { datasets, gold: Object.fromEntries(models) };
}
