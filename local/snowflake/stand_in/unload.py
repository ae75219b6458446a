"""Carries out COPY INTO 's3://…': what the query gives, as Parquet files, with the limits that Snowflake's unload has."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import boto3
import duckdb
from botocore.exceptions import ClientError
from sqlglot import exp

from .catalog import INSTANT, WALL, WITH_OFFSET
from .errors import SnowflakeError, unsupported
from .sessions import Session
from .settings import Integration, Settings

UNLOAD = re.compile(r"^\s*COPY\s+INTO\s+'s3://", re.IGNORECASE)
DEFAULT_FILE_BYTES = 16_777_216


@dataclass(frozen=True)
class Unload:
    bucket: str
    prefix: str
    query: exp.Expr
    header: bool
    overwrite: bool
    single: bool
    detailed: bool
    names_query: bool
    file_bytes: int


@dataclass(frozen=True)
class File:
    name: str
    bytes: int
    rows: int


def unload_of(statement: exp.Copy, settings: Settings) -> Unload:
    location = urlparse(statement.this.this.name)
    options = {parameter.this.name.upper(): parameter for parameter in statement.args["params"]}
    storage = statement.args.get("credentials")
    integration = storage.args["storage"].name.upper() if storage and storage.args.get("storage") else ""
    if integration != settings.integration.name:
        raise SnowflakeError("002003", "42S02", f"SQL compilation error:\nIntegration '{integration}' does not exist or not authorized.")
    format_ = {property_.this.name.upper(): property_.args["value"].name.upper() for property_ in options["FILE_FORMAT"].expressions}
    if format_.pop("TYPE", "") != "PARQUET" or format_.pop("COMPRESSION", "SNAPPY") not in ("SNAPPY", "AUTO") or format_:
        raise unsupported("an unload other than FILE_FORMAT = (TYPE = PARQUET), compressed by SNAPPY")
    source = statement.args["files"][0]

    def flag(name: str) -> bool:
        return name in options and options[name].expression.sql().upper() == "TRUE"

    return Unload(
        bucket=location.netloc,
        prefix=location.path.lstrip("/"),
        query=source.this if isinstance(source, exp.Subquery) else exp.select("*").from_(source),
        header=flag("HEADER"),
        overwrite=flag("OVERWRITE"),
        single=flag("SINGLE"),
        detailed=flag("DETAILED_OUTPUT"),
        names_query=flag("INCLUDE_QUERY_ID"),
        file_bytes=int(options["MAX_FILE_SIZE"].expression.name) if "MAX_FILE_SIZE" in options else DEFAULT_FILE_BYTES,
    )


def carry_out(
    unload: Unload, sql: str, connection: duckdb.DuckDBPyConnection, settings: Settings, session: Session, query_id: str
) -> list[File]:
    s3 = _as_integration(settings.integration, settings.s3_endpoint)
    if not (unload.overwrite or unload.names_query) and s3.list_objects_v2(Bucket=unload.bucket, Prefix=unload.prefix, MaxKeys=1).get(
        "KeyCount"
    ):
        place = f"s3://{unload.bucket}/{unload.prefix}"
        message = f"Files already existing at the unload destination: {place}. Use overwrite option to force unloading."
        raise SnowflakeError("001030", "22000", message)
    folder = settings.data / "unloads" / query_id
    folder.mkdir(parents=True)
    try:
        written = _written(unload, sql, connection, folder, session)
        return [_put(s3, unload, path, number, query_id, connection) for number, path in enumerate(written)]
    except ClientError as error:
        told = error.response["Error"]
        cause = f"{told['Message']} (Status Code: {error.response['ResponseMetadata']['HTTPStatusCode']}; Error Code: {told['Code']})"
        raise SnowflakeError("100016", "22000", f"Failure using stage area. Cause: [{cause}]") from error
    finally:
        shutil.rmtree(folder)


def _as_integration(integration: Integration, endpoint: str) -> Any:
    sts = boto3.client("sts", endpoint_url=endpoint)
    try:
        given = sts.assume_role(RoleArn=integration.role, RoleSessionName="snowflake", ExternalId=integration.external_id)["Credentials"]
    except ClientError as error:
        message = "Error assuming AWS_ROLE. Please verify the role and externalId are configured correctly in your AWS policy."
        raise SnowflakeError("003167", "42601", f"SQL execution error:\n{message}") from error
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )


def summary(unload: Unload, files: list[File]) -> str:
    """As the rows that the statement returns, in DuckDB's SQL."""
    if unload.detailed:
        rows = ", ".join(f"('{file.name}', {file.bytes}::DECIMAL(38, 0), {file.rows}::DECIMAL(38, 0))" for file in files)
        return f'SELECT * FROM (VALUES {rows}) AS files("FILE_NAME", "FILE_SIZE", "ROW_COUNT")' if files else _none()
    rows_unloaded, bytes_ = sum(file.rows for file in files), sum(file.bytes for file in files)
    return f"SELECT {rows_unloaded} AS rows_unloaded, {bytes_} AS input_bytes, {bytes_} AS output_bytes"


def _none() -> str:
    return 'SELECT \'\' AS "FILE_NAME", 0::DECIMAL(38, 0) AS "FILE_SIZE", 0::DECIMAL(38, 0) AS "ROW_COUNT" WHERE false'


def _written(unload: Unload, sql: str, connection: duckdb.DuckDBPyConnection, folder: Path, session: Session) -> list[Path]:
    described = [(str(name), str(type_)) for name, type_, *_ in connection.execute(f"DESCRIBE {sql}").fetchall()]
    if isinstance(unload.query, exp.Select) and not unload.query.is_star:
        # DuckDB takes an alias that differs from its column in case alone for the column's own name.
        described = [(select.alias_or_name, type_) for select, (_, type_) in zip(unload.query.selects, described, strict=True)]
    if session.parameters["ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION"] is True:
        described = _narrowed(described, sql, connection)
    columns = ", ".join(_parquet_column(index, name, type_, unload.header) for index, (name, type_) in enumerate(described))
    names = ", ".join(f'"c{index}"' for index in range(len(described)))
    query = f"SELECT {columns} FROM ({sql}) AS unloaded({names})"
    if not connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]:
        return []
    if unload.single:
        connection.execute(f"COPY ({query}) TO '{_quoted(folder / 'data')}' (FORMAT parquet)")
    else:
        connection.execute(
            f"COPY ({query}) TO '{_quoted(folder)}' (FORMAT parquet, FILE_SIZE_BYTES {unload.file_bytes}, OVERWRITE_OR_IGNORE)"
        )
    return sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name))


def _narrowed(described: list[tuple[str, str]], sql: str, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Numbers get the smallest type that holds the values which happen to be there."""
    names = ", ".join(f'"c{index}"' for index in range(len(described)))
    longest = ", ".join(
        f"coalesce(max(length(ltrim(replace(CAST(abs(\"c{index}\") AS VARCHAR), '.', ''), '0'))), 1)"
        if type_.startswith("DECIMAL")
        else "max(0)"
        for index, (_, type_) in enumerate(described)
    )
    (found,) = connection.execute(f"SELECT {longest} FROM ({sql}) AS unloaded({names})").fetchall()
    return [
        (name, _smallest(type_, int(digits)) if type_.startswith("DECIMAL") else type_)
        for (name, type_), digits in zip(described, found, strict=True)
    ]


def _smallest(type_: str, digits: int) -> str:
    scale = int(type_[8:-1].split(",")[1])
    if scale == 0:
        return next((kind for most, kind in ((2, "TINYINT"), (4, "SMALLINT"), (9, "INTEGER"), (18, "BIGINT")) if digits <= most), type_)
    return f"DECIMAL({max(digits, scale + 1)},{scale})"


def _parquet_column(index: int, name: str, type_: str, header: bool) -> str:
    value = f'"c{index}"'
    if type_ in ("TIMESTAMP WITH TIME ZONE", INSTANT, WITH_OFFSET):
        raise unsupported("TIMESTAMP_TZ and TIMESTAMP_LTZ in an unload to Parquet")
    if type_ == WALL:
        # Snowflake writes milliseconds and says nothing of the rest. By way of microseconds: DuckDB 1.5, of Python 3.10, knows no other.
        value = f"CAST(_timestamp({value}.wall) AS TIMESTAMP_MS)"
    elif type_.startswith("STRUCT(") or type_.endswith("]"):
        # Of a VECTOR Snowflake says so; of the others it says nothing.
        raise unsupported("TIME, GEOGRAPHY, GEOMETRY and VECTOR in an unload to Parquet: print them as text")
    if type_ == "JSON":
        value = f"CAST({value} AS VARCHAR)"
    if type_.endswith("INT") or type_ == "INTEGER" or type_.startswith("DECIMAL"):
        value = f"CAST({value} AS {type_})"
    return f'{value} AS "{name if header else f"_COL_{index}"}"'


def _put(s3: Any, unload: Unload, path: Path, number: int, query_id: str, connection: duckdb.DuckDBPyConnection) -> File:
    if unload.single:
        key = unload.prefix
    else:
        named = f"data_{query_id}" if unload.names_query else "data"
        key = f"{unload.prefix}{named}_{number}_0_0.snappy.parquet"
    with path.open("rb") as body:
        s3.put_object(Bucket=unload.bucket, Key=key, Body=body)
    rows = connection.execute(f"SELECT count(*) FROM read_parquet('{_quoted(path)}')").fetchall()[0][0]
    return File(key.removeprefix(unload.prefix) or key, path.stat().st_size, int(rows))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
