/** The contract of one dataset among the compiled ones. */
import { ContractInvalid } from '../errors.ts';
import type { CompiledContracts, Contract } from './contract.ts';

/** @throws ContractInvalid when it has none. */
export function contractIn({ datasets }: CompiledContracts, dataset: string): Contract {
  const contract = datasets[dataset];
  if (contract) return contract;
  throw new ContractInvalid({
    dataset,
    expected: 'a contract of this dataset',
    found: 'none',
    remedy: `add contracts/<source>/${dataset}.yaml and deploy`,
  });
}
