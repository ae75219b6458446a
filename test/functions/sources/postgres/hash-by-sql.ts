/** What a table holds as PostgreSQL itself says it: rows, and the layer hash of docs/reference/shapes.md worked out in SQL. */
import pg from 'pg';

/** `columns` in the order in which they land. `where`: SQL. */
export async function hashBySql(
  db: pg.Client,
  table: string,
  columns: readonly string[],
  where = 'true',
): Promise<{ rows: number; hash: string }> {
  // As the type's own output function has it: a cast would take the blanks of char(n) away. A boolean is `true`, not `t`.
  const printed = (name: string) => `CASE pg_typeof(${name}) WHEN 'boolean'::regtype THEN ${name}::text ELSE format('%s', ${name}) END`;
  const text = (name: string) =>
    `CASE WHEN ${name} IS NULL THEN '-,' ELSE octet_length(${printed(name)}) || ':' || ${printed(name)} || ',' END`;
  const names = columns.map(pg.escapeIdentifier);
  const half = (from: number) => `mod(coalesce(sum(('x' || lpad(substr(h, ${from}, 8), 16, '0'))::bit(64)::bigint::numeric * 4294967296
    + ('x' || lpad(substr(h, ${from + 8}, 8), 16, '0'))::bit(64)::bigint), 0), 18446744073709551616)::text`;
  const { rows } = await db.query<{ rows: number; high: string; low: string }>(
    `SELECT count(*)::int AS rows, ${half(1)} AS high, ${half(17)} AS low FROM (SELECT md5(${names.map(text).join(' || ')}) AS h FROM ${table} WHERE ${where}) hashes`,
  );
  const [found] = rows;
  const hex = (number = '0') => BigInt(number).toString(16).padStart(16, '0');
  return { rows: found?.rows ?? 0, hash: hex(found?.high) + hex(found?.low) };
}
