/** The columns of a table as they land: the contract's first, then what the table has beside them. */
import type pg from 'pg';
import type { LandedColumn } from '../../batch/batch-plan.ts';
import type { Column, Contract } from '../../contract/contract.ts';
import { sourceNameOf } from '../../contract/source-name.ts';
import { TableMissing } from '../../errors.ts';
import { checkNames, columnMissing, columnTypeChanged } from '../column-errors.ts';
import { MEMBERS } from './members.ts';
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
  /** As pg_class has it: `r` a table, `p` a partitioned one, `v` a view, `m` a materialized one, `f` a foreign table. */
  kind: string;
  /** The table itself, its partitions and the tables that inherit from it. */
  members: number[];
  columns: LandedColumn[];
}

interface FoundColumn extends Omit<Table, 'columns'> {
  name: string;
  type: string;
  readable: boolean;
}

/** What the read role may not see beside the contract's columns does not come along. @throws TableMissing, ColumnMissing, ColumnNameUnusable, ColumnTypeChanged. */
export async function readTable(client: pg.Client, contract: Contract): Promise<Table> {
  const { dataset, object, columns, schemaPolicy } = contract;
  const { rows } = await client.query<FoundColumn>(
    `${MEMBERS}
     SELECT c.oid, c.relkind AS kind, (SELECT array_agg(member.oid) FROM member) AS members, a.attname AS name, format_type(a.atttypid, NULL) AS type,
            has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.oid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [qualified(object)],
  );
  const [first] = rows;
  if (!first) {
    const remedy = `create the table, grant SELECT on it to the read role, or correct physicalName in contracts/postgres/${dataset}.yaml`;
    throw new TableMissing({ dataset, expected: `a table ${object}`, found: 'none that the read role can see', remedy });
  }
  const found = new Map(rows.map(({ name, type }) => [name, type]));
  const landed = columns.map((column) => checkedColumn(contract, column, found.get(sourceNameOf(column))));
  const known = new Set(columns.map(sourceNameOf));
  const beside = schemaPolicy === 'discard' ? [] : rows.filter(({ name, readable }) => readable && !known.has(name));
  checkNames(
    contract,
    beside.map(({ name }) => name),
  );
  const added = beside.map(({ name, type }) => ({ name, type: landedType(type) }));
  return { oid: first.oid, kind: first.kind, members: first.members, columns: [...landed, ...added] };
}

function checkedColumn(contract: Contract, column: Column, type: string | undefined): LandedColumn {
  const { name, physicalType } = column;
  if (type === undefined) throw columnMissing(contract, sourceNameOf(column));
  if (landedType(type) !== landedType(physicalType)) throw columnTypeChanged(contract, sourceNameOf(column), physicalType, type);
  return { name, type: landedType(type) };
}
