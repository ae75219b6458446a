-- What Snowflake's functions and casts mean, for values of whatever type: said once here, called by the translated statements.

-- Times are nanoseconds since 1970, of all years: where it stood on the wall, or since midnight, or the instant (catalog.py). Whatever form a
-- time has, it is read by way of its text, without a zone as UTC. Snowflake writes the offset after a space, which DuckDB does not read.
CREATE OR REPLACE TEMP MACRO _nanoseconds_in(text) AS
  CAST(epoch_us(CAST(regexp_replace(regexp_replace(text, ' ([+-]\d{2}:?\d{2})$', '\1'), '\.\d+', '') AS TIMESTAMPTZ)) AS HUGEINT) * 1000
  + CAST(left(rpad(regexp_extract(text, '\.(\d+)', 1), 9, '0'), 9) AS BIGINT);

CREATE OR REPLACE TEMP MACRO _nanoseconds(x) AS CASE WHEN CAST(x AS VARCHAR) LIKE '{%'
  THEN CAST(regexp_extract(CAST(x AS VARCHAR), '-?\d+') AS HUGEINT) ELSE _nanoseconds_in(CAST(x AS VARCHAR)) END;

CREATE OR REPLACE TEMP MACRO _instant(nanoseconds) AS CASE WHEN nanoseconds IS NOT NULL THEN {'instant': CAST(nanoseconds AS HUGEINT)} END;
CREATE OR REPLACE TEMP MACRO _wall(nanoseconds) AS CASE WHEN nanoseconds IS NOT NULL THEN {'wall': CAST(nanoseconds AS HUGEINT)} END;

CREATE OR REPLACE TEMP MACRO _ltz(x) AS _instant(_nanoseconds(x));

-- An offset is read over: the time on the wall stays.
CREATE OR REPLACE TEMP MACRO _ntz(x) AS _wall(_nanoseconds(regexp_replace(CAST(x AS VARCHAR), ' ?([+-]\d{2}:?\d{2}|Z)$', '')));

CREATE OR REPLACE TEMP MACRO _time(x) AS CASE WHEN x IS NOT NULL THEN {'midnight': CAST(_nanoseconds_in('1970-01-01 ' || x) AS BIGINT)} END;

-- What is left above a whole number of units, of times before 1970 as well.
CREATE OR REPLACE TEMP MACRO _above(nanoseconds, unit) AS (nanoseconds % unit + unit) % unit;

CREATE OR REPLACE TEMP MACRO _timestamp(nanoseconds) AS make_timestamp(CAST((nanoseconds - _above(nanoseconds, 1000)) // 1000 AS BIGINT));

-- `|` stands where the fraction goes: strftime's own %n counts its digits wrongly.
CREATE OR REPLACE TEMP MACRO _printed(nanoseconds, format, digits) AS replace(
  strftime(_timestamp(nanoseconds), format), '|', left(lpad(CAST(_above(nanoseconds, 1000000000) AS VARCHAR), 9, '0'), digits));

CREATE OR REPLACE TEMP MACRO _formatted(x, format, digits) AS _printed(_nanoseconds(x), format, digits);

-- Seventeen digits, after which a double is known: https://docs.snowflake.com/en/sql-reference/sql-format-models, which does not say what
-- becomes of infinity; other formats print an overflow.
CREATE OR REPLACE TEMP MACRO _scientific(x) AS CASE WHEN isfinite(CAST(x AS DOUBLE))
  THEN regexp_replace(printf('%.16e', CAST(x AS DOUBLE)), 'e\+?(-?)0?(\d+)$', 'E\1\2') WHEN x IS NOT NULL THEN '#' END;

CREATE OR REPLACE TEMP MACRO _text(x) AS CASE typeof(x)
  WHEN 'STRUCT(wall HUGEINT)' THEN _formatted(x, '%Y-%m-%d %H:%M:%S.|', 3)
  WHEN 'STRUCT(instant HUGEINT)' THEN _formatted(x, '%Y-%m-%d %H:%M:%S.| +0000', 3)
  WHEN 'STRUCT(midnight BIGINT)' THEN _formatted(x, '%H:%M:%S', 0)
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN _formatted(x, '%Y-%m-%d %H:%M:%S.| +0000', 3)
  WHEN 'JSON' THEN coalesce(json_extract_string(CAST(CAST(x AS VARCHAR) AS JSON), '$'), CAST(x AS VARCHAR))
  -- "Precision is approximately 15 digits": https://docs.snowflake.com/en/sql-reference/data-types-numeric
  WHEN 'DOUBLE' THEN printf('%.15g', CAST(CAST(x AS VARCHAR) AS DOUBLE))
  WHEN 'BLOB' THEN error('TO_VARCHAR of a BINARY without a format is not in the stand-in')
  ELSE CAST(x AS VARCHAR)
END;

-- A vector as an array, of which JSON has sixteen digits of each number.
CREATE OR REPLACE TEMP MACRO _array(x) AS CASE WHEN typeof(x) = 'JSON' THEN CAST(CAST(x AS VARCHAR) AS JSON) WHEN x IS NOT NULL
  THEN CAST('[' || array_to_string(list_transform(CAST(CAST(x AS VARCHAR) AS VARCHAR[]),
    lambda each: CASE WHEN typeof(x) LIKE 'FLOAT%' THEN printf('%.15e', CAST(CAST(each AS FLOAT) AS DOUBLE)) ELSE each END), ',') || ']' AS JSON) END;

CREATE OR REPLACE TEMP MACRO st_asewkt(x) AS x.ewkt;

CREATE OR REPLACE TEMP MACRO _offset(minutes) AS
  (CASE WHEN minutes < 0 THEN '-' ELSE '+' END) || lpad(CAST(abs(minutes) // 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(abs(minutes) % 60 AS VARCHAR), 2, '0');

-- Local time as it stood where the value was written.
CREATE OR REPLACE TEMP MACRO _local(x) AS _wall(x.instant + x.ahead * 60000000000::HUGEINT);

-- `2024-01-15 10:00:00.123456 +05:30` with its offset; without one it is UTC.
CREATE OR REPLACE TEMP MACRO _offset_minutes(text) AS CAST(coalesce(
  CAST(nullif(regexp_extract(text, '([+-])\d{2}:?\d{2}$', 1) || '1', '1') AS INTEGER)
  * (60 * CAST(nullif(regexp_extract(text, '[+-](\d{2}):?\d{2}$', 1), '') AS INTEGER)
     + CAST(nullif(regexp_extract(text, '[+-]\d{2}:?(\d{2})$', 1), '') AS INTEGER)), 0) AS SMALLINT);

CREATE OR REPLACE TEMP MACRO _with_offset(text) AS CASE WHEN text IS NULL THEN NULL
  ELSE {'instant': CAST(_nanoseconds(text) AS HUGEINT), 'ahead': _offset_minutes(text)} END;

-- Seconds since 1970 with nine digits behind the point: how the protocol carries a time.
CREATE OR REPLACE TEMP MACRO _seconds(ns) AS
  (CASE WHEN ns < 0 THEN '-' ELSE '' END) || CAST(abs(ns) // 1000000000 AS VARCHAR) || '.' || lpad(CAST(abs(ns) % 1000000000 AS VARCHAR), 9, '0');
