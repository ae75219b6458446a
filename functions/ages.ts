/** How old each dataset is: the time since the source was last read to its end, whether it had something new or not. */
import type { CompiledContracts } from './contract/contract.ts';
import type { Ledger } from './ledger/ledger.ts';
import { unitOf } from './ledger/unit.ts';

export interface Age {
  dataset: string;
  /** Undefined when it was never loaded. */
  seconds: number | undefined;
  stale: boolean;
}

export async function agesOf(ledger: Ledger, { datasets }: CompiledContracts, now: Date): Promise<Age[]> {
  return Promise.all(
    Object.values(datasets).map(async ({ dataset, freshnessHours }) => {
      const { observedAt } = await ledger.head(unitOf(dataset));
      const seconds = observedAt === undefined ? undefined : (now.getTime() - Date.parse(observedAt)) / 1000;
      return { dataset, seconds, stale: seconds === undefined || seconds > freshnessHours * 3600 };
    }),
  );
}
