"""Reads and writes JSON objects through Hadoop's file systems, which a cluster has with its own credentials."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import SparkSession

from medallion.jvm import jvm_of


def read_json(session: SparkSession, address: str) -> Any:
    content = read_text(session, address)
    if content is None:
        raise FileNotFoundError(f"expected an object at {address}; found none")
    return json.loads(content)


def read_text(session: SparkSession, address: str) -> str | None:
    """None when there is no such object."""
    system, path = _locate(session, address)
    if not system.exists(path):
        return None
    stream = system.open(path)
    try:
        return str(jvm_of(session).org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def names_in(session: SparkSession, folder: str) -> list[str]:
    """Names of the objects and folders right under it, sorted; none where there is no such folder."""
    system, path = _locate(session, folder)
    return sorted(each.getPath().getName() for each in system.listStatus(path)) if system.exists(path) else []


def write_json(session: SparkSession, address: str, content: Any) -> None:
    """The object becomes visible when it is complete."""
    system, path = _locate(session, address)
    stream = system.create(path, True)
    try:
        stream.write(bytearray((json.dumps(content, indent=2) + "\n").encode()))
    finally:
        stream.close()


def _locate(session: SparkSession, address: str) -> Any:
    path = jvm_of(session).org.apache.hadoop.fs.Path(address)
    return path.getFileSystem(session._jsc.hadoopConfiguration()), path
