-- What Snowflake's functions and casts mean, for values of whatever type: said once here, called by the translated statements.

-- Snowflake writes the offset after a space, which DuckDB does not read.
CREATE OR REPLACE TEMP MACRO _ltz(x) AS CAST(regexp_replace(CAST(x AS VARCHAR), ' ([+-]\d{2}:?\d{2})$', '\1') AS TIMESTAMPTZ);

-- By way of text: whatever the type, in UTC, to the nanosecond.
CREATE OR REPLACE TEMP MACRO _ntz(x) AS CAST(CAST(x AS VARCHAR) AS TIMESTAMP_NS);

-- `|` stands where the fraction goes: strftime's own %n counts its digits wrongly.
CREATE OR REPLACE TEMP MACRO _formatted(x, format, digits) AS replace(
  strftime(_ntz(x), format), '|', left(lpad(CAST((epoch_ns(_ntz(x)) % 1000000000 + 1000000000) % 1000000000 AS VARCHAR), 9, '0'), digits));

CREATE OR REPLACE TEMP MACRO _text(x) AS CASE typeof(x)
  WHEN 'TIMESTAMP_NS' THEN _formatted(x, '%Y-%m-%d %H:%M:%S.|', 3)
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN _formatted(x, '%Y-%m-%d %H:%M:%S.| +0000', 3)
  WHEN 'JSON' THEN coalesce(json_extract_string(CAST(CAST(x AS VARCHAR) AS JSON), '$'), CAST(x AS VARCHAR))
  ELSE CAST(x AS VARCHAR)
END;

CREATE OR REPLACE TEMP MACRO _offset(minutes) AS
  (CASE WHEN minutes < 0 THEN '-' ELSE '+' END) || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0');

-- Local time as it stood where the value was written.
CREATE OR REPLACE TEMP MACRO _local(x) AS CAST(CAST(x.moment AT TIME ZONE 'UTC' + to_minutes(x.minutes) AS VARCHAR) AS TIMESTAMP_NS);

-- `2024-01-15 10:00:00.123456 +05:30` with its offset; without one it is UTC.
CREATE OR REPLACE TEMP MACRO _offset_minutes(text) AS CAST(coalesce(
  CAST(nullif(regexp_extract(text, '([+-])\d{2}:?\d{2}$', 1) || '1', '1') AS INTEGER)
  * (60 * CAST(nullif(regexp_extract(text, '[+-](\d{2}):?\d{2}$', 1), '') AS INTEGER)
     + CAST(nullif(regexp_extract(text, '[+-]\d{2}:?(\d{2})$', 1), '') AS INTEGER)), 0) AS SMALLINT);

CREATE OR REPLACE TEMP MACRO _with_offset(text) AS CASE WHEN text IS NULL THEN NULL
  ELSE {'moment': _ltz(text), 'minutes': _offset_minutes(text)} END;

-- Seconds since 1970 with nine digits behind the point: how the protocol carries a time.
CREATE OR REPLACE TEMP MACRO _seconds(ns) AS
  (CASE WHEN ns < 0 THEN '-' ELSE '' END) || CAST(abs(ns) // 1000000000 AS VARCHAR) || '.' || lpad(CAST(abs(ns) % 1000000000 AS VARCHAR), 9, '0');
