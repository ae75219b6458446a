/** The columns of a table as they land: the contract's first, then what the table has beside them. */
import type pg from 'pg';
import type { LandedColumn } from '../../batch/batch-plan.ts';
import type { Column, Contract } from '../../contract/contract.ts';
import { SequenceUnusable, TableMissing } from '../../errors.ts';
import { columnMissing, columnTypeChanged } from '../column-errors.ts';
import { qualified } from './qualified.ts';

/** Integers and booleans fit Parquet whole. All else may hold what Parquet cannot (NaN, infinity, BC, any scale) and lands as text. */
const PHYSICAL: Record<string, LandedColumn['type']> = {
  smallint: 'BIGINT',
  int2: 'BIGINT',
  integer: 'BIGINT',
  int: 'BIGINT',
  int4: 'BIGINT',
  bigint: 'BIGINT',
  int8: 'BIGINT',
  boolean: 'BOOLEAN',
  bool: 'BOOLEAN',
};

const landedType = (physicalType: string): LandedColumn['type'] => PHYSICAL[physicalType.toLowerCase()] ?? 'VARCHAR';

export interface Table {
  oid: number;
  columns: LandedColumn[];
}

/** @throws TableMissing, ColumnMissing, ColumnTypeChanged, SequenceUnusable. */
export async function readTable(client: pg.Client, contract: Contract): Promise<Table> {
  const { dataset, object, columns, schemaPolicy } = contract;
  const { rows } = await client.query<{ oid: number; name: string; type: string }>(
    `SELECT a.attrelid AS oid, a.attname AS name, format_type(a.atttypid, NULL) AS type
     FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [qualified(object)],
  );
  const [first] = rows;
  if (!first) {
    const remedy = `create the table, grant SELECT on it to the read role, or correct physicalName in contracts/postgres/${dataset}.yaml`;
    throw new TableMissing({ dataset, expected: `a table ${object}`, found: 'none that the read role can see', remedy });
  }
  const found = new Map(rows.map(({ name, type }) => [name, type]));
  const landed = columns.map((column) => checkedColumn(contract, column, found.get(column.name)));
  checkSequence(contract, found);
  if (schemaPolicy === 'discard') return { oid: first.oid, columns: landed };
  const known = new Set(columns.map(({ name }) => name));
  const added = rows.filter(({ name }) => !known.has(name)).map(({ name, type }) => ({ name, type: landedType(type) }));
  return { oid: first.oid, columns: [...landed, ...added] };
}

function checkedColumn(contract: Contract, { name, physicalType }: Column, type: string | undefined): LandedColumn {
  if (type === undefined) throw columnMissing(contract, name);
  if (landedType(type) !== landedType(physicalType)) throw columnTypeChanged(contract, name, physicalType, type);
  return { name, type: landedType(type) };
}

const ORDERS_TRANSACTIONS = 'timestamp with time zone';

/** Only a point in time can be held against the start of other sessions' transactions; a time without its zone is none. */
function checkSequence({ dataset, load: { mode, sequence } }: Contract, found: ReadonlyMap<string, string>): void {
  if (mode === 'snapshot' || sequence === undefined || found.get(sequence) === ORDERS_TRANSACTIONS) return;
  throw new SequenceUnusable({
    dataset,
    expected: `a sequence of type ${ORDERS_TRANSACTIONS}, set by a default or a trigger with now()`,
    found: `${sequence} ${found.get(sequence)}`,
    remedy: `name such a column in contracts/postgres/${dataset}.yaml, or set loadMode to snapshot there`,
  });
}
