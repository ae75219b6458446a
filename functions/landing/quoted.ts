/** A text as a literal of DuckDB's SQL. */
export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A column's name in DuckDB's SQL. */
export const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;
