"""Decides who gets an access token, and for how long it lets its bearer in: OAuth 2.0's client credentials."""

import hmac
import secrets
import threading
import time
from dataclasses import dataclass

from .errors import SnowflakeError
from .settings import Client


class TokenRefused(Exception):
    """By the name that RFC 6749 gives the reason."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Grant:
    client: Client
    expires: float


class Tokens:
    def __init__(self, clients: tuple[Client, ...], seconds: int) -> None:
        self._clients = {client.client_id: client for client in clients}
        self._seconds = seconds
        self._grants: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def issue(self, client_id: str, client_secret: str, grant_type: str, scope: str) -> dict[str, str | int]:
        client = self._clients.get(client_id)
        if client is None or not hmac.compare_digest(client.client_secret.encode(), client_secret.encode()):
            raise TokenRefused("invalid_client", "This is an invalid client.")
        if grant_type != "client_credentials":
            raise TokenRefused("unsupported_grant_type", "expected grant_type=client_credentials")
        allowed = f"session:role:{client.role}"
        if scope.upper() != allowed.upper():
            raise TokenRefused("invalid_scope", f"expected the scope {allowed}; found {scope or 'none'}")
        token = secrets.token_urlsafe(48)
        with self._lock:
            self._grants[token] = Grant(client, time.time() + self._seconds)
        return {"access_token": token, "token_type": "Bearer", "expires_in": self._seconds, "scope": allowed}

    def check(self, token: str) -> Client:
        with self._lock:
            grant = self._grants.get(token)
        if grant is None:
            raise SnowflakeError("390303", "08001", "Invalid OAuth access token.")
        if grant.expires <= time.time():
            raise SnowflakeError("390318", "08001", "OAuth access token expired.")
        return grant.client
