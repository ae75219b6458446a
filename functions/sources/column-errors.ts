/** What a table's columns may differ in from the contract, named: for every source that lands rows of columns. */
import type { Contract } from '../contract/contract.ts';
import { ColumnMissing, ColumnTypeChanged } from '../errors.ts';

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

const fileOf = ({ dataset, source }: Of) => `contracts/${source}/${dataset}.yaml`;
