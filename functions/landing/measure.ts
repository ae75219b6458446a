/** Rows and hash of a Parquet file, as what is in it says. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LandedColumn } from '../batch/batch-plan.ts';
import { hashFromHalves } from '../batch/layer-hash.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import { quoted } from './quoted.ts';
import { LAYER_HASH_SQL, rowHashSql } from './row-hash-sql.ts';

export async function measure(
  connection: DuckDBConnection,
  columns: readonly LandedColumn[],
  parquet: string,
): Promise<Pick<StoredObject, 'rows' | 'hash'>> {
  const reader = await connection.runAndReadAll(
    `SELECT rows, high::VARCHAR AS high, low::VARCHAR AS low FROM (SELECT ${LAYER_HASH_SQL} FROM (SELECT ${rowHashSql(columns)} AS h FROM read_parquet(${quoted(parquet)})))`,
  );
  const [row] = reader.getRowObjects();
  return { rows: Number(row?.rows), hash: hashFromHalves(BigInt(String(row?.high)), BigInt(String(row?.low))) };
}
