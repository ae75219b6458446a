"""Decides whether a statement has a warehouse to run on: one that is suspended starts by itself, and takes a while, unless it may not."""

import threading

from sqlglot import exp

from .errors import SnowflakeError, unsupported

# How long a suspended warehouse takes to start.
RESUME_SECONDS = 1.0


class Warehouse:
    def __init__(self, name: str) -> None:
        self.name = name
        self._started = threading.Event()
        self._started.set()
        self._auto_resume = True
        self._lock = threading.Lock()

    @property
    def is_started(self) -> bool:
        return self._started.is_set()

    def alter(self, statement: str) -> None:
        """ALTER WAREHOUSE … SUSPEND | RESUME | SET AUTO_RESUME = TRUE | FALSE."""
        told = statement.upper().split(self.name.upper(), 1)[-1].replace("=", " ").split()
        match told:
            case ["SUSPEND"]:
                self._started.clear()
            case ["RESUME"]:
                self._started.set()
            case ["SET", "AUTO_RESUME", value]:
                self._auto_resume = value == "TRUE"
            case _:
                raise unsupported(f"ALTER WAREHOUSE {' '.join(told)}")

    def use(self) -> None:
        if self._started.is_set():
            return
        if not self._auto_resume:
            raise no_warehouse()
        # Whoever comes first starts it; the others wait with it.
        with self._lock:
            if not self._started.wait(RESUME_SECONDS):
                self._started.set()


def no_warehouse() -> SnowflakeError:
    message = "No active warehouse selected in the current session. Select an active warehouse with the 'use warehouse' command."
    return SnowflakeError("000606", "57P03", message)


def alters_warehouse(statement: exp.Expr) -> bool:
    return isinstance(statement, exp.Command) and statement.sql("snowflake").upper().startswith("ALTER WAREHOUSE")
