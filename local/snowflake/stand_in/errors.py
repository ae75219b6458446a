"""Decides which of Snowflake's codes an error carries: drivers and their users tell errors apart by them."""

import duckdb


class SnowflakeError(Exception):
    """What the server answers instead of a result."""

    def __init__(self, code: str, sql_state: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.sql_state = sql_state
        self.message = message


def does_not_exist(kind: str, name: str) -> SnowflakeError:
    return SnowflakeError("002003", "42S02", f"SQL compilation error:\n{kind} '{name}' does not exist or not authorized.")


def no_privileges(what: str) -> SnowflakeError:
    return SnowflakeError("003001", "42501", f"SQL access control error:\nInsufficient privileges to operate on {what}.")


def unsupported(what: str) -> SnowflakeError:
    return SnowflakeError("000002", "0A000", f"Unsupported feature '{what}'.")


def canceled() -> SnowflakeError:
    return SnowflakeError("000604", "57014", "SQL execution canceled")


def of_duckdb(error: duckdb.Error) -> SnowflakeError:
    text = str(error).split("\n\n")[0]
    match error:
        case duckdb.InterruptException():
            return canceled()
        case duckdb.ConversionException() | duckdb.OutOfRangeException():
            return SnowflakeError("100038", "22018", f"Value is not recognized: {text}")
        case duckdb.CatalogException() if "Function" in text:
            return SnowflakeError("002140", "42601", f"SQL compilation error:\nUnknown function: {text}")
        case duckdb.BinderException() if "Referenced column" in text:
            return SnowflakeError("000904", "42000", f"SQL compilation error:\ninvalid identifier: {text}")
        case duckdb.BinderException() | duckdb.ParserException():
            return SnowflakeError("001044", "42P13", f"SQL compilation error:\n{text}")
    return SnowflakeError("300002", "XX000", f"Processing aborted by error 300002: {text}")
