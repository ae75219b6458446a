"""Decides how a request's body is read: of known length or in chunks, compressed or not."""

import gzip
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase
from pathlib import Path

BLOCK = 1 << 20


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    body = b"".join(_blocks(stream, headers))
    return gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body


def save_body(stream: BufferedIOBase, headers: Message, file: Path) -> None:
    with file.open("wb") as out:
        for block in _blocks(stream, headers):
            out.write(block)


def _blocks(stream: BufferedIOBase, headers: Message) -> Iterator[bytes]:
    if headers.get("Transfer-Encoding", "").lower() == "chunked":
        while size := int(stream.readline().split(b";")[0], 16):
            yield stream.read(size)
            stream.readline()
        while stream.readline().strip():
            pass
        return
    left = int(headers.get("Content-Length") or 0)
    while left > 0:
        block = stream.read(min(left, BLOCK))
        if not block:
            raise ConnectionError(f"expected {left} more bytes of the request; the client has gone")
        left -= len(block)
        yield block
