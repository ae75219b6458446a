"""What the stand-in is told when it starts: where it listens, whom it lets in, where its data lie."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Client:
    """Someone who may ask for a token: one role each."""

    client_id: str
    client_secret: str
    role: str


@dataclass(frozen=True)
class Integration:
    """A storage integration: by which role of AWS it writes."""

    name: str
    role: str
    external_id: str


@dataclass(frozen=True)
class Settings:
    port: int
    certificate: str
    key: str
    data: Path
    account: str
    database: str
    schema: str
    warehouse: str
    reader: Client
    loader: Client
    token_seconds: int
    """How long an access token is good for."""
    integration: Integration
    s3_endpoint: str
    identities: tuple[str, ...]
    """ARNs of AWS that are the reader without a secret."""
    tables: Path
    """What tables there are, as CREATE TABLE of Snowflake's."""


def read_settings(path: Path) -> Settings:
    told = json.loads(path.read_text(encoding="utf-8"))
    told["data"] = Path(told["data"])
    told["tables"] = Path(told["tables"])
    told["reader"] = Client(**told["reader"])
    told["loader"] = Client(**told["loader"])
    told["identities"] = tuple(told["identities"])
    told["integration"] = Integration(**told["integration"])
    return Settings(**told)
