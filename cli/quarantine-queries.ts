/** What Athena is asked of the rows that rules set aside. */

export function listQuery(datasets: readonly string[]): string {
  const each = datasets.map(
    (dataset) => `SELECT ${literal(dataset)} AS dataset, rule, count(*) AS "rows", min(_batch) AS first_batch, max(_batch) AS last_batch
FROM quarantine.${name(dataset)}
WHERE _closed_by IS NULL
GROUP BY rule`,
  );
  return `${each.join('\nUNION ALL\n')}\nORDER BY dataset, rule`;
}

/** Without the row itself, which is of the restricted class. */
export function showQuery(dataset: string, { rule, limit }: { rule?: string; limit: number }): string {
  return `SELECT _batch AS batch, key, "column", rule, masked_value, _ingested_at AS ingested_at
FROM quarantine.${name(dataset)}
WHERE ${openRows(rule)}
ORDER BY _batch DESC, key, rule
LIMIT ${limit}`;
}

/** How many rows a release would take back. */
export function openQuery(dataset: string, rule?: string): string {
  return `SELECT count(*) AS "rows" FROM quarantine.${name(dataset)} WHERE ${openRows(rule)}`;
}

/** Rows that no batch has taken back, set aside again, or found gone from the source. */
function openRows(rule: string | undefined): string {
  return `_closed_by IS NULL${rule === undefined ? '' : ` AND rule = ${literal(rule)}`}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function name(table: string): string {
  return `"${table.replaceAll('"', '""')}"`;
}
