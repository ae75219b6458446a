/** What every stack is given. */
import { RemovalPolicy, type StackProps } from 'aws-cdk-lib';
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

/** What becomes of data when its stack is deleted. Where it may go, a bucket still refuses while it holds anything. */
export function afterDeletion({ keepData }: Pick<Settings, 'keepData'>): RemovalPolicy {
  return keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
