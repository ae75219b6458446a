/** The compiled contracts as they were deployed, read once a process: a deployment gives them a new address. */
import { environment } from '../environment.ts';
import { ContractInvalid } from '../errors.ts';
import { readJson } from '../objects.ts';
import { CompiledContracts, type Contract } from './contract.ts';
import { contractIn } from './contract-in.ts';

let fetched: CompiledContracts | undefined;

export async function contracts(): Promise<CompiledContracts> {
  fetched ??= await readJson(environment().CONTRACTS_URL, CompiledContracts);
  if (fetched) return fetched;
  throw new ContractInvalid({
    expected: `the compiled contracts at ${environment().CONTRACTS_URL}`,
    found: 'no such object',
    remedy: 'deploy again: npx etl deploy',
  });
}

/** @throws ContractInvalid when it has none. */
export async function contractOf(dataset: string): Promise<Contract> {
  return contractIn(await contracts(), dataset);
}
