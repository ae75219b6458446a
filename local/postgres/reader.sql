-- The role that the pipeline reads with: it sees the tables of today and tomorrow, when other sessions' transactions began and, of published
-- tables, the log of changes; it writes nothing.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'etl_reader') THEN
    CREATE ROLE etl_reader;
  END IF;
END
$$;
ALTER ROLE etl_reader WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION NOBYPASSRLS;
ALTER ROLE etl_reader SET default_transaction_read_only = on;
REVOKE ALL ON DATABASE production FROM PUBLIC;
GRANT CONNECT ON DATABASE production TO etl_reader;
GRANT USAGE ON SCHEMA public TO etl_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO etl_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO etl_reader;
GRANT pg_read_all_stats TO etl_reader;
