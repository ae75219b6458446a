"""What no driver can be made to show in a moment: tokens that run out, and formats of times that are rare."""

import time
from pathlib import Path

import duckdb
import pytest

from local.snowflake.stand_in.catalog import Catalog
from local.snowflake.stand_in.errors import SnowflakeError
from local.snowflake.stand_in.sessions import Sessions
from local.snowflake.stand_in.settings import Client, Integration, Settings
from local.snowflake.stand_in.time_formats import strftime_format
from local.snowflake.stand_in.tokens import TokenRefused, Tokens
from local.snowflake.stand_in.unload import _narrowed

FOLDER = Path(__file__).parents[3] / "local" / "snowflake"
READER = Client("etl", "secret", "ETL_READER")


def settings(folder: Path) -> Settings:
    loader = Client("loader", "secret", "LOADER")
    return Settings(
        0, "", "", folder, "A", "COMPANY", "PUBLIC", "ETL_WH", READER, loader, 0, Integration("ETL_LANDING", "", ""), "", (), folder
    )


def said(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def token_of(tokens: Tokens) -> str:
    return str(tokens.issue("etl", "secret", "client_credentials", "session:role:ETL_READER")["access_token"])


def test_a_token_that_has_run_out_opens_no_session(tmp_path: Path) -> None:
    tokens = Tokens((READER,), seconds=0)
    with pytest.raises(SnowflakeError) as refused:
        Sessions(settings(tmp_path), tokens).open({"AUTHENTICATOR": "OAUTH", "TOKEN": token_of(tokens)}, {})
    assert refused.value.code == "390318"


def test_a_session_ends_with_the_token_that_opened_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens((READER,), seconds=60)
    sessions = Sessions(settings(tmp_path), tokens)
    session = sessions.open({"AUTHENTICATOR": "OAUTH", "TOKEN": token_of(tokens)}, {})
    assert sessions.of(session.token) is session
    later = time.time() + 61
    monkeypatch.setattr("local.snowflake.stand_in.tokens.time.time", lambda: later)
    with pytest.raises(SnowflakeError) as refused:
        sessions.of(session.token)
    assert refused.value.code == "390318"


@pytest.mark.parametrize(
    ("client_id", "secret", "grant", "scope", "error"),
    [
        ("etl", "wrong", "client_credentials", "session:role:ETL_READER", "invalid_client"),
        ("nobody", "secret", "client_credentials", "session:role:ETL_READER", "invalid_client"),
        ("etl", "secret", "password", "session:role:ETL_READER", "unsupported_grant_type"),
        ("etl", "secret", "client_credentials", "session:role:ACCOUNTADMIN", "invalid_scope"),
    ],
)
def test_who_gets_no_token_is_told_why(client_id: str, secret: str, grant: str, scope: str, error: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        Tokens((READER,), seconds=60).issue(client_id, secret, grant, scope)
    assert refused.value.error == error


@pytest.mark.parametrize(
    ("snowflake", "moment", "printed"),
    [
        ("YYYY-MM-DD HH24:MI:SS.FF9", "2024-01-15 10:00:00.123456789", "2024-01-15 10:00:00.123456789"),
        ("YYYY-MM-DD HH24:MI:SS.FF9", "2024-01-15 10:00:00.000001", "2024-01-15 10:00:00.000001000"),
        ('YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM', "1969-12-31 23:59:59.5", "1969-12-31T23:59:59.500000+00:00"),
        ("DD/MM/YY HH12:MI AM", "2024-01-15 22:05:00", "15/01/24 10:05 PM"),
        ("MON DD, 100%", "2024-01-15 00:00:00", "Jan 15, 100%"),
    ],
)
def test_times_are_printed_as_the_format_says(snowflake: str, moment: str, printed: str, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "db", said("tables.sql"), said("stand_in/macros.sql"))
    text, digits = strftime_format(snowflake)
    found = catalog.cursor().execute("SELECT _formatted(_ntz(?), ?, ?)", [moment, text, digits]).fetchall()
    catalog.close()
    assert found == [(printed,)]


def test_numbers_are_unloaded_by_the_types_that_their_values_need() -> None:
    declared = [("N", "DECIMAL(38,0)"), ("P", "DECIMAL(18,4)"), ("T", "VARCHAR")]
    sql = "SELECT * FROM (VALUES (-100::DECIMAL(38, 0), 1.5::DECIMAL(18, 4), 'x'), (7, 0.25, 'y'))"
    assert _narrowed(declared[2:], "SELECT * FROM (VALUES ('x'), ('y'))", duckdb.connect()) == declared[2:]
    assert _narrowed(declared, sql, duckdb.connect()) == [("N", "SMALLINT"), ("P", "DECIMAL(5,4)"), ("T", "VARCHAR")]


def test_a_format_that_is_not_known_is_refused() -> None:
    with pytest.raises(SnowflakeError, match="WW"):
        strftime_format("YYYY-WW")
