"""Stands in for Snowflake on the laptop: its wire protocol, OAuth and SQL over DuckDB."""
