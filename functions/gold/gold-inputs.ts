/** What Gold was built from, and what there is: Gold is behind when Silver or a model's definition differs, or somebody asked for a model anew. */
import { createHash } from 'node:crypto';
import type { CompiledContracts } from '../contract/contract.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { GOLD, type Head, unitOf } from '../ledger/unit.ts';

export type SilverVersions = Record<string, number>;

/** The Silver version of every dataset that was ever committed. */
export async function committedVersions(ledger: Ledger, { datasets }: CompiledContracts): Promise<SilverVersions> {
  const heads = await Promise.all(
    Object.keys(datasets).map(async (dataset) => [dataset, (await ledger.head(unitOf(dataset))).silverVersion] as const),
  );
  return Object.fromEntries(heads.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

export async function goldIsBehind(ledger: Ledger, contracts: CompiledContracts): Promise<boolean> {
  return isBehind(await ledger.head(GOLD), await committedVersions(ledger, contracts), definitionsOf(contracts.gold));
}

/** False when a build by these definitions would make what there is. */
export function isBehind(gold: Head, committed: SilverVersions, definitions: string | undefined): boolean {
  if (gold.openSeq !== undefined) return true;
  if (Object.keys(committed).length === 0) return false;
  const hasMoved = Object.entries(committed).some(([dataset, version]) => gold.inputs?.[dataset] !== version);
  return hasMoved || gold.definitions !== definitions || (gold.rebuild?.size ?? 0) > 0;
}

/** A hash of what the models are: contracts and SQL. */
export function definitionsOf(models: CompiledContracts['gold']): string {
  return createHash('sha256').update(JSON.stringify(models)).digest('hex');
}
