/** What committing works with. */
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface CommitServices {
  env: Environment;
  ledger: Ledger;
  contracts: CompiledContracts;
  now: () => Date;
}
