"""
The laptop's cluster: one warm Spark driver behind HTTP on 127.0.0.1, in which the emulator's EMR steps run.

    python -m local.spark.driver --port 4711 --s3-endpoint http://127.0.0.1:4566 --logs .etl/local/logs/steps --jars .etl/jars/spark

POST /steps {id, args, environment?}   args: the step's `spark-submit …`; environment: the credentials of its role. Answers at its end:
                                       {"state": "COMPLETED"} or {"state": "FAILED" | "CANCELLED", "reason", "message", "log"}
DELETE /steps/<id>                     cancels, and answers when the step has ended: {"cancelled": true | false}
GET /health                            {"ready": Spark has started, "warm": and has run once}

Differences from EMR: steps of all clusters run one after another in one JVM, in whose settings the laptop's win (see warm_session.py).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from local.spark.many_rows import MANY_ROWS
from local.spark.step_queue import StepQueue
from local.spark.warm_session import start
from local.spark.warm_up import warm_up


class Driver:
    def __init__(self, logs: Path) -> None:
        self.session: Future[SparkSession] = Future()
        self.warm = threading.Event()
        self.steps = StepQueue(self.session, logs)

    def health(self) -> dict[str, bool]:
        return {"ready": self.session.done(), "warm": self.warm.is_set()}


def main() -> None:
    options = _options()
    options.logs.mkdir(parents=True, exist_ok=True)
    driver = Driver(options.logs)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), _handler(driver))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="spark-") as scratch:
        began = time.monotonic()
        driver.session.set_result(start(options.s3_endpoint, options.jars, Path(scratch), MANY_ROWS if options.many_rows else {}))
        print(f"Spark has started after {time.monotonic() - began:.1f} s", flush=True)
        driver.steps.when_idle(lambda session: warm_up(session, Path(scratch)))
        driver.warm.set()
        print(f"Spark is warm after {time.monotonic() - began:.1f} s", flush=True)
        threading.Event().wait()


def _handler(driver: Driver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/health":
                self._answer(200, driver.health())
            else:
                self._answer(404, {"error": f"expected /health; found {self.path}"})

        def do_POST(self) -> None:
            if self.path != "/steps":
                return self._answer(404, {"error": f"expected /steps; found {self.path}"})
            step = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            environment = step.get("environment") or dict(os.environ)
            return self._answer(200, driver.steps.run(step["id"], step["args"], environment))

        def do_DELETE(self) -> None:
            self._answer(200, {"cancelled": driver.steps.cancel(self.path.rsplit("/", 1)[1])})

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            print(f"{self.log_date_time_string()} {format % args}", file=sys.__stdout__, flush=True)

    return Handler


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The laptop's warm Spark driver")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--s3-endpoint", required=True, help="where the emulator answers for S3")
    parser.add_argument("--logs", type=Path, required=True, help="folder of the steps' logs")
    parser.add_argument("--jars", type=Path, required=True, help="folder with the jars of Delta and S3")
    parser.add_argument("--many-rows", action="store_true", help="memory and settings for millions of rows")
    return parser.parse_args()


if __name__ == "__main__":
    main()
