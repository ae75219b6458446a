/** What a table's columns may differ in from the contract, named: for every source that lands rows of columns. */
import type { Contract } from '../contract/contract.ts';
import { unusableName } from '../contract/lake-names.ts';
import { ColumnMissing, ColumnNameUnusable, ColumnTypeChanged } from '../errors.ts';

type Of = Pick<Contract, 'dataset' | 'source'>;

export function columnMissing(of: Of, name: string): ColumnMissing {
  return new ColumnMissing({
    dataset: of.dataset,
    expected: `a column ${name}, as the contract says`,
    found: 'no such column',
    remedy: `put it back, or take it out of ${fileOf(of)}`,
  });
}

export function columnTypeChanged(of: Of, name: string, declared: string, found: string): ColumnTypeChanged {
  return new ColumnTypeChanged({
    dataset: of.dataset,
    expected: `${name} ${declared}`,
    found: `${name} ${found}`,
    remedy: `correct physicalType in ${fileOf(of)}, with a new version`,
  });
}

/** @throws ColumnNameUnusable when a column that the contract does not name cannot come along under its own name. */
export function checkNames(contract: Contract, added: readonly string[]): void {
  const names = contract.columns.map(({ name }) => name);
  const unusable = unusableName(contract, [...names, ...added]);
  if (!unusable) return;
  throw new ColumnNameUnusable({
    dataset: contract.dataset,
    expected: 'new columns under names that the lake can have',
    found: `${unusable.name}: ${unusable.reason}`,
    remedy: `add it to ${fileOf(contract)} under another name, with physicalName: ${JSON.stringify(unusable.name)}, or set schemaPolicy to discard there`,
  });
}

const fileOf = ({ dataset, source }: Of) => `contracts/${source}/${dataset}.yaml`;
