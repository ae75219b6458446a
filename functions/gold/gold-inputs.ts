/** Which Silver versions Gold was built from, and which there are: Gold is behind when they differ. */
import type { CompiledContracts } from '../contract/contract.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { GOLD, unitOf } from '../ledger/unit.ts';

export type SilverVersions = Record<string, number>;

/** The Silver version of every dataset that was ever committed. */
export async function committedVersions(ledger: Ledger, { datasets }: CompiledContracts): Promise<SilverVersions> {
  const heads = await Promise.all(
    Object.keys(datasets).map(async (dataset) => [dataset, (await ledger.head(unitOf(dataset))).silverVersion] as const),
  );
  return Object.fromEntries(heads.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

export async function goldIsBehind(ledger: Ledger, contracts: CompiledContracts): Promise<boolean> {
  const gold = await ledger.head(GOLD);
  if (gold.openSeq !== undefined) return true;
  return differ(gold.inputs ?? {}, await committedVersions(ledger, contracts));
}

export function differ(built: SilverVersions, committed: SilverVersions): boolean {
  return Object.entries(committed).some(([dataset, version]) => built[dataset] !== version);
}
