/** What the source calls a column that lands under the contract's name. */
import type { Column, Contract } from './contract.ts';

export const sourceNameOf = ({ name, physicalName = name }: Pick<Column, 'name' | 'physicalName'>) => physicalName;

/** A column that the contract does not have lands under the source's own name. */
export function sourceName({ columns }: Pick<Contract, 'columns'>, name: string): string {
  const column = columns.find((each) => each.name === name);
  return column ? sourceNameOf(column) : name;
}
