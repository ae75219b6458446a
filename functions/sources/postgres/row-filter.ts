/** The rows that a contract is about: of those where `condition` holds the ones that its rowFilter lets through. */
import type { Contract } from '../../contract/contract.ts';

export function filtered({ load: { rowFilter } }: Contract, condition: string): string {
  return rowFilter === undefined ? condition : `${condition} AND (${rowFilter})`;
}
