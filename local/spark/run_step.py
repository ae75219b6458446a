"""Runs a step's script in the warm session: fetched from S3 with the step's own credentials, in modules of its own."""

from __future__ import annotations

import contextlib
import gc
import runpy
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from local.spark.submit_arguments import SubmitArguments, submit_arguments
from local.spark.warm_session import FIXED_SETTINGS, SQL_SETTINGS

# What S3A's credentials provider reads for each request, so that a step touches S3 as its role and as nobody else.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "aws.accessKeyId", "AWS_SECRET_ACCESS_KEY": "aws.secretKey", "AWS_SESSION_TOKEN": "aws.sessionToken"}


def run_step(session: SparkSession, args: list[str], environment: Mapping[str, str], log: Path) -> str | None:
    """None when the step ended well, else what went wrong. All that it printed is in `log`."""
    with log.open("w", buffering=1) as output, contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            submitted = submit_arguments(args)
            with _credentials(session, environment), _settings(session, submitted), _code(session, submitted) as script:
                _run(script, submitted.arguments)
        except SystemExit as end:
            return None if end.code in (0, None) else f"the script ended with {end.code}"
        except Exception as error:
            traceback.print_exc()
            return _message(error)
    return None


def _run(script: Path, arguments: list[str]) -> None:
    before = sys.argv
    sys.argv = [str(script), *arguments]
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = before


@contextlib.contextmanager
def _credentials(session: SparkSession, environment: Mapping[str, str]) -> Iterator[None]:
    system = _jvm(session).java.lang.System
    for variable, name in CREDENTIALS.items():
        if environment.get(variable):
            system.setProperty(name, environment[variable])
    try:
        yield
    finally:
        for name in CREDENTIALS.values():
            system.clearProperty(name)


@contextlib.contextmanager
def _settings(session: SparkSession, submitted: SubmitArguments) -> Iterator[None]:
    """New sessions take their settings from Spark's own; the laptop's (see warm_session.py) stand against those of a step."""
    settings: Any = session.sparkContext._jsc.sc().conf()
    taken = {key: value for key, value in submitted.settings.items() if key.startswith(("spark.sql.", "spark.databricks."))}
    taken = {key: value for key, value in taken.items() if key not in FIXED_SETTINGS and key not in SQL_SETTINGS}
    print(f"settings taken: {sorted(taken)}; left to the laptop's own: {sorted(set(submitted.settings) - set(taken))}")
    before = {key: settings.get(key) if settings.contains(key) else None for key in taken}
    for key, value in taken.items():
        settings.set(key, value)
    try:
        yield
    finally:
        for key, old in before.items():
            settings.remove(key) if old is None else settings.set(key, old)


@contextlib.contextmanager
def _code(session: SparkSession, submitted: SubmitArguments) -> Iterator[Path]:
    """Modules that came with the code are forgotten afterwards: the next step brings its own, which may have been edited."""
    with tempfile.TemporaryDirectory(prefix="step-") as folder:
        script = _fetch(session, submitted.script, Path(folder))
        packages = [str(_fetch(session, each, Path(folder))) for each in submitted.py_files]
        path, modules = list(sys.path), set(sys.modules)
        sys.path[:0] = packages
        try:
            yield script
        finally:
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(folder):
                    del sys.modules[name]
            # What they held of Spark's, a gigabyte after some, would stay until Python looks for cycles by itself, which is rarely.
            gc.collect()


def _fetch(session: SparkSession, address: str, folder: Path) -> Path:
    jvm = _jvm(session)
    source, target = jvm.org.apache.hadoop.fs.Path(address), folder / address.rsplit("/", 1)[1]
    configuration = session.sparkContext._jsc.hadoopConfiguration()
    source.getFileSystem(configuration).copyToLocalFile(False, source, jvm.org.apache.hadoop.fs.Path(f"file://{target}"), True)
    return target


def _jvm(session: SparkSession) -> Any:
    return session._jvm


def _message(error: Exception) -> str:
    """Of an error from the JVM what Java says, which Python's own text leaves out."""
    java = getattr(error, "java_exception", None)
    name, text = (type(error).__name__, str(error)) if java is None else (java.getClass().getSimpleName(), java.getMessage() or "")
    lines = text.strip().splitlines()
    return f"{name}: {lines[0] if lines else 'no message'}"
