"""Spark's JVM, for what PySpark itself does not offer: Hadoop's file systems and Delta's log."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def jvm_of(session: SparkSession) -> Any:
    return session._jvm
