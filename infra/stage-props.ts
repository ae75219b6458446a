/** What every stack is given. */
import type { StackProps } from 'aws-cdk-lib';
import type { Names } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';
import type { CompiledContracts } from '../functions/contract/contract.ts';

export interface StageProps extends StackProps {
  settings: Settings;
  names: Names;
  contracts: CompiledContracts;
  /** The checkout: where functions, jobs, machines and queries are read from. */
  root: string;
}
