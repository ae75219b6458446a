/** What planning works with: the services around it, and the run it is for. */
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import type { AcquireServices } from '../lease/acquire.ts';

export interface PlanServices extends AcquireServices {
  env: Environment;
  contracts: CompiledContracts;
  now: () => Date;
  /** Aborted when the function's time is nearly over. */
  signal: AbortSignal;
}

export interface Run {
  run: string;
  executionArn: string;
  startedAt: string;
}
