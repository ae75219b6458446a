"""
Pseudonyms: the HMAC-SHA256 (RFC 2104) of a text under the key of the secret `etl/pseudonyms`, in hex; in SQL `keyed_hash(text)`.
The key is in a Python function and nowhere else: neither in SQL nor in a setting, so no plan, event log or error shows it.
"""

from __future__ import annotations

import hmac
import json
from typing import Callable, Optional

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from medallion.failure import JobError
from medallion.secret_text import secret_text

SECRET = "etl/pseudonyms"
FUNCTION = "keyed_hash"
OCTETS = 32

Hash = Callable[[Optional[str]], Optional[str]]


class Pseudonyms:
    def __init__(self, key: bytes) -> None:
        self._hash = keyed_hash(key)

    def give_to(self, session: SparkSession) -> None:
        session.udf.register(FUNCTION, self._hash, "string")

    def of(self, text: Column) -> Column:
        """Python hashes every row that comes here, whatever a CASE around it says: take away before what is not to be hashed."""
        return F.udf(self._hash, "string")(text)

    def fingerprint(self) -> str:
        """The same as long as the key is."""
        return str(self._hash(SECRET))


def read_pseudonyms(session: SparkSession) -> Pseudonyms:
    try:
        key = bytes.fromhex(json.loads(secret_text(session, SECRET))["key"])
    except (KeyError, TypeError, ValueError):
        key = b""
    if len(key) == OCTETS:
        return Pseudonyms(key)
    raise JobError(
        "SecretIncomplete",
        SECRET,
        f'{{"key": "<{OCTETS} octets in hex>"}}',
        "something else",
        "bring back the version that was deployed: aws secretsmanager list-secret-version-ids --secret-id " + SECRET,
    )


def keyed_hash(key: bytes) -> Hash:
    """Executors are sent this function with its key; they need not have this module."""

    def hashed(text: str | None) -> str | None:
        return None if text is None else hmac.new(key, text.encode(), "sha256").hexdigest()

    return hashed
