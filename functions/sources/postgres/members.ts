/** A table with its partitions and the tables that inherit from it: `member(oid)`, as the beginning of a query whose first parameter is its name. */
export const MEMBERS = `WITH RECURSIVE member(oid) AS (
  SELECT to_regclass($1)::oid UNION SELECT inhrelid FROM pg_inherits JOIN member ON inhparent = member.oid
)`;
