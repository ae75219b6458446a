"""Decides what a login opens: a session of one role, with the context its statements run in."""

import secrets
import threading
from dataclasses import dataclass, field

from .errors import SnowflakeError
from .settings import Client, Settings
from .tokens import Tokens
from .workload_identity import identity_of, refused

SESSION_SECONDS = 3_600
MASTER_SECONDS = 4 * 3_600

# What a session starts with, as far as the Node driver reads it.
DEFAULT_PARAMETERS: dict[str, str | int | bool] = {
    "TIMEZONE": "UTC",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": "",
    "TIMESTAMP_TZ_OUTPUT_FORMAT": "",
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS",
    "BINARY_OUTPUT_FORMAT": "HEX",
    "JS_TREAT_INTEGER_AS_BIGINT": False,
    "QUERY_CONTEXT_CACHE_SIZE": 5,
    "ENABLE_UNLOAD_PHYSICAL_TYPE_OPTIMIZATION": True,
}


@dataclass
class Session:
    number: int
    token: str
    master_token: str
    access_token: str | None
    """None where no token of OAuth opened it."""
    role: str
    user: str
    warehouse: str | None
    database: str | None
    schema: str | None
    parameters: dict[str, str | int | bool] = field(default_factory=lambda: dict(DEFAULT_PARAMETERS))


class Sessions:
    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._by_token: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._count = 0

    def open(self, login: dict[str, object], asked: dict[str, str]) -> Session:
        access_token, client = self._identified(login)
        if asked.get("roleName", client.role).upper() != client.role:
            message = "The role requested in the connection is not listed in the Access Token. Please contact the administrator."
            raise SnowflakeError("390317", "08001", message)
        with self._lock:
            self._count += 1
            session = Session(
                number=self._count,
                token=secrets.token_urlsafe(48),
                master_token=secrets.token_urlsafe(48),
                access_token=access_token,
                role=client.role,
                user=client.client_id,
                warehouse=self._known(asked.get("warehouse"), self._settings.warehouse),
                database=self._known(asked.get("databaseName"), self._settings.database),
                schema=self._known(asked.get("schemaName"), self._settings.schema),
            )
            given = login.get("SESSION_PARAMETERS")
            if isinstance(given, dict):
                session.parameters.update(given)
            self._by_token[session.token] = session
        return session

    def of(self, token: str) -> Session:
        """The session and its login are looked at with each request, so that a token that runs out ends what it opened."""
        with self._lock:
            session = self._by_token.get(token)
        if session is None:
            raise SnowflakeError("390104", "08001", "Session token not found or no longer valid: log in again.")
        if session.access_token is not None:
            self._tokens.check(session.access_token)
        return session

    def close(self, token: str) -> None:
        with self._lock:
            self._by_token.pop(token, None)

    def _identified(self, login: dict[str, object]) -> tuple[str | None, Client]:
        token = str(login.get("TOKEN", ""))
        match login.get("AUTHENTICATOR"):
            case "OAUTH":
                return token, self._tokens.check(token)
            case "WORKLOAD_IDENTITY":
                if identity_of(login.get("PROVIDER"), token, self._settings.s3_endpoint) not in self._settings.identities:
                    raise refused()
                return None, self._settings.reader
        raise SnowflakeError("390100", "08001", "Incorrect username or password was specified: log in with an OAuth access token.")

    @staticmethod
    def _known(asked: str | None, there: str) -> str | None:
        """A name that does not exist opens a session without one: only a statement that needs it fails."""
        return there if asked is not None and asked.upper() == there else None
