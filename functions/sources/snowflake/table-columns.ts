/** The columns of a table as they land, and the SQL that prints each exactly: the contract's first, then what the table has beside them. */

import type { LandedColumn } from '../../batch/batch-plan.ts';
import type { Column, Contract } from '../../contract/contract.ts';
import { TableMissing } from '../../errors.ts';
import { checkNames, columnMissing, columnTypeChanged } from '../column-errors.ts';
import type { SnowflakeConnection } from './connection.ts';

export interface SnowflakeColumn {
  landed: LandedColumn;
  /** As Snowflake spells it, quoted. */
  identifier: string;
  /** NUMBER, TEXT, TIMESTAMP_LTZ, … as INFORMATION_SCHEMA says. */
  type: string;
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** @throws TableMissing, ColumnMissing, ColumnTypeChanged. */
export async function readColumns(connection: SnowflakeConnection, contract: Contract): Promise<SnowflakeColumn[]> {
  const { dataset, columns, schemaPolicy } = contract;
  const { schema, table } = placeOf(connection, contract);
  const rows = await connection.query(
    `SELECT COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS
     WHERE TABLE_SCHEMA = ${literal(schema)} AND TABLE_NAME = ${literal(table)} ORDER BY ORDINAL_POSITION`,
  );
  const found = rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
  if (found.length === 0) throw missing(dataset, `${schema}.${table}`);
  const wanted = columns.map((column) => checked(contract, column, found));
  if (schemaPolicy === 'discard') return wanted;
  const known = new Set(wanted.map(({ identifier }) => identifier));
  const added = found.filter(({ name }) => !known.has(quoted(name))).map(({ name, type }) => columnOf(name.toLowerCase(), name, type));
  checkNames(
    contract,
    added.map(({ landed }) => landed.name),
  );
  return [...wanted, ...added];
}

/** `[schema.]table` of the contract; names without quotes are upper case in Snowflake. */
export function placeOf({ schema }: Pick<SnowflakeConnection, 'schema'>, { object }: Contract): { schema: string; table: string } {
  const parts = (object.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []).map(spelled);
  return { schema: parts.at(-2) ?? schema.toUpperCase(), table: parts.at(-1) ?? '' };
}

const spelled = (name: string) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toUpperCase());

/** What the value is, to the last digit and independent of the session: text, null kept, and booleans as they are. */
export function textOf({ identifier, type }: SnowflakeColumn): string {
  switch (type) {
    case 'TEXT':
    case 'BOOLEAN':
      return identifier;
    case 'TIMESTAMP_LTZ':
      return `TO_VARCHAR(CONVERT_TIMEZONE('UTC', ${identifier}), 'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM')`;
    case 'TIMESTAMP_TZ':
      return `TO_VARCHAR(${identifier}, 'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM')`;
    case 'TIMESTAMP_NTZ':
      return `TO_VARCHAR(${identifier}, 'YYYY-MM-DD HH24:MI:SS.FF9')`;
    case 'DATE':
      return `TO_VARCHAR(${identifier}, 'YYYY-MM-DD')`;
    case 'TIME':
      return `TO_VARCHAR(${identifier}, 'HH24:MI:SS.FF9')`;
    case 'FLOAT':
      return floatText(identifier);
    case 'VARIANT':
    case 'OBJECT':
    case 'ARRAY':
    case 'MAP':
      // Those of one type of element become a VARIANT by a cast alone.
      return `TO_JSON(${identifier}::VARIANT)`;
    case 'VECTOR':
      return `TO_JSON(${identifier}::ARRAY)`;
    case 'GEOGRAPHY':
    case 'GEOMETRY':
      return `ST_ASEWKT(${identifier})`;
    case 'BINARY':
      return `LOWER(TO_VARCHAR(${identifier}, 'HEX'))`;
    default:
      return `TO_VARCHAR(${identifier})`;
  }
}

/**
 * Without a format, and as the driver gets it, a double loses digits; TME prints the 17 by which it is known. What it makes of infinity
 * Snowflake does not say. https://docs.snowflake.com/en/sql-reference/sql-format-models
 */
function floatText(identifier: string): string {
  const special = ['NaN', 'inf', '-inf'].map((text) => `WHEN ${literal(text)}::FLOAT THEN ${literal(text)}`);
  return `CASE ${identifier} ${special.join(' ')} ELSE TO_VARCHAR(${identifier}, 'TME') END`;
}

function columnOf(name: string, spelled: string, type: string): SnowflakeColumn {
  return { landed: { name, type: type === 'BOOLEAN' ? 'BOOLEAN' : 'VARCHAR' }, identifier: quoted(spelled), type };
}

/** What INFORMATION_SCHEMA calls the types that people write: https://docs.snowflake.com/en/sql-reference/intro-summary-data-types */
const SYNONYMS: Record<string, string> = {
  ...synonyms('TEXT', 'VARCHAR', 'STRING', 'CHAR', 'CHARACTER', 'NCHAR', 'NVARCHAR', 'NVARCHAR2'),
  ...synonyms('NUMBER', 'DECIMAL', 'DEC', 'NUMERIC', 'INTEGER', 'INT', 'BIGINT', 'SMALLINT', 'TINYINT', 'BYTEINT'),
  ...synonyms('FLOAT', 'FLOAT4', 'FLOAT8', 'DOUBLE', 'DOUBLE PRECISION', 'REAL'),
  ...synonyms('BINARY', 'VARBINARY'),
  ...synonyms('TIMESTAMP_NTZ', 'DATETIME', 'TIMESTAMPNTZ'),
  ...synonyms('TIMESTAMP_LTZ', 'TIMESTAMPLTZ'),
  ...synonyms('TIMESTAMP_TZ', 'TIMESTAMPTZ'),
};

function synonyms(type: string, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

/** A `physicalName` is the name as Snowflake spells it; without one, case does not count. */
function checked(
  contract: Contract,
  { name, physicalName, physicalType }: Column,
  columns: { name: string; type: string }[],
): SnowflakeColumn {
  const isIt = (column: string) => (physicalName === undefined ? column.toLowerCase() === name.toLowerCase() : column === physicalName);
  const found = columns.find((column) => isIt(column.name));
  if (!found) throw columnMissing(contract, physicalName ?? name);
  const base = physicalType.toUpperCase().replace(/\(.*$/, '').trim();
  if ((SYNONYMS[base] ?? base) !== found.type) throw columnTypeChanged(contract, name, physicalType, found.type);
  return columnOf(name, found.name, found.type);
}

function missing(dataset: string, place: string): TableMissing {
  const remedy = `create it, grant SELECT on it to the role of the secret etl/snowflake, or correct physicalName in contracts/snowflake/${dataset}.yaml`;
  return new TableMissing({ dataset, expected: `a table or view ${place}`, found: 'none that the role can see', remedy });
}
