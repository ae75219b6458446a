"""Decides how Spark is set up on the laptop: one small warm session, with the emulator as its S3.

What differs from a cluster, whatever a step asks for: the single-driver log store (one driver writes here, so no table in DynamoDB is
needed to order commits); no code generation, one partition and no statistics of columns (on thousands of rows they cost more than they
save); no event log.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import SparkSession

# Measured in docs/decisions/0012-one-warm-driver-on-the-laptop.md.
SQL_SETTINGS = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.stats.skipping": "false",
    "spark.databricks.delta.stats.collect": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
}

FIXED_SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.delta.logStore.s3.impl": "io.delta.storage.S3SingleDriverLogStore",
    "spark.eventLog.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Nobody looks at the jobs of yesterday, and the driver lives for days.
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "200",
    "spark.sql.ui.retainedExecutions": "10",
}


def start(s3_endpoint: str, jars: Path, scratch: Path, otherwise: dict[str, str] | None = None) -> SparkSession:
    """
    Starts the JVM; `scratch` takes Spark's local files. The credentials are read anew for every request, see run_step.py. `otherwise`:
    settings in place of those here.
    """
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    builder = SparkSession.builder.appName("etl-laptop").master("local[2]")
    for key, value in {**FIXED_SETTINGS, **SQL_SETTINGS, **_jvm(jars, scratch), **_s3(s3_endpoint), **(otherwise or {})}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    _remember_classes(session)
    return session


def _remember_classes(session: SparkSession) -> None:
    """PySpark asks for these by name at every call, and each time all jars are searched: a tenth of a run."""
    jvm: Any = session.sparkContext._jvm
    for name in ("functions", "PythonUtils", "PythonSQLUtils"):
        setattr(jvm, name, getattr(jvm, name))


def _jvm(jars: Path, scratch: Path) -> dict[str, str]:
    # One compiler: code that runs a few times is not worth optimising. Its code would not fit the small cache that comes with that choice.
    options = ["-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=240m"]
    # Room for the plans of a step while they are young: once old, they are collected with all that lives, by both cores.
    options += ["-XX:+UseParallelGC", "-Xms2g", "-Xmn1200m", "-XX:MetaspaceSize=256m", "-Xss4m"]
    # A broken value in Avro may say that it is longer than the heap (infra/spark-settings.ts).
    limits = {"string.maxLength": 2**26, "bytes.maxLength": 2**26, "collectionItems.maxLength": 2**24}
    options += [f"-Dorg.apache.avro.limits.{name}={limit}" for name, limit in limits.items()]
    return {
        "spark.driver.memory": "3g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.extraJavaOptions": " ".join(options),
        "spark.driver.extraClassPath": ":".join(str(jar) for jar in _missing_in_spark(jars)),
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
    }


def _s3(endpoint: str) -> dict[str, str]:
    """
    `s3://` is the scheme everywhere, as on EMR; S3A speaks it here. Its `AbstractFileSystem` would not: left out, so that Delta writes its
    checksum files by the file system above.
    """
    settings = {
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": endpoint,
        "fs.s3a.endpoint.region": "us-east-1",
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": str(endpoint.startswith("https:")).lower(),
        "fs.s3a.aws.credentials.provider": "com.amazonaws.auth.SystemPropertiesCredentialsProvider",
        # A role may write below a prefix and not delete the markers of folders above it.
        "fs.s3a.directory.marker.retention": "keep",
        "fs.s3a.fast.upload.buffer": "bytebuffer",
        "fs.s3a.attempts.maximum": "3",
        "fs.s3a.retry.limit": "3",
    }
    return {f"spark.hadoop.{key}": value for key, value in settings.items()}


def _missing_in_spark(jars: Path) -> list[Path]:
    """Jars that Spark does not ship itself: an older copy ahead of its own would win."""
    shipped = {_artifact(jar) for jar in (Path(pyspark.__file__).parent / "jars").glob("*.jar")}
    found = sorted(jar for jar in jars.glob("*.jar") if _artifact(jar) not in shipped)
    if not found:
        raise FileNotFoundError(f"expected the jars of Delta and S3 in {jars}; found none. To mend it: node local/setup/setup.mjs")
    return found


def _artifact(jar: Path) -> str:
    return re.sub(r"-\d[\w.]*$", "", jar.stem)
