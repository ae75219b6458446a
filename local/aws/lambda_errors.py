"""Gives a function's error its own name, so that Retry and Catch by name work as on AWS, and keeps the environment after it.

Upstream reports every error of a handler as Runtime.HandlerError, whose name is lost, and throws the worker away; a process that was
killed is one of them too. Replaced: the answer of the workers' scripts in the catch of the handler, Worker.invoke, and the last step
before the answer to the caller.
"""

import threading
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_invoke = lambda_runtime.Worker.invoke
_execute = lambda_svc._execute_function_warm
_answer = threading.local()
# What upstream says of a process that ended without an answer.
_DIED = "Worker process died"

_NODE = {
    'status: "error", error: String(err.message || err), trace: err.stack || ""': (
        'status: "ok", failed: true, error: String(err.message || err), errorType: (err && err.name) || "Error", trace: err.stack || ""'
    ),
    'status: "error", error: e.message, trace: e.stack': 'status: "ok", failed: true, error: e.message, errorType: e.name, trace: e.stack',
}


def install() -> None:
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    for found, wanted in _NODE.items():
        if found not in script:
            raise RuntimeError(
                f"expected the emulator's Node worker to contain {found!r}, found another version of it; mend lambda_errors.py"
            )
        script = script.replace(found, wanted)
    lambda_runtime._NODEJS_WORKER_SCRIPT = script
    lambda_runtime.Worker.invoke = _keep_answer
    lambda_svc._execute_function_warm = _execute_by_name


def _keep_answer(worker: Any, *arguments: Any, **settings: Any) -> Any:
    _answer.last = answer = _invoke(worker, *arguments, **settings)
    if answer.pop("failed", False):
        answer["status"] = "error"
    elif answer.get("error") == _DIED:
        answer.update(errorType="Runtime.ExitError")
    return answer


def _execute_by_name(function: Any, event: Any, request_id: str) -> Any:
    _answer.last = {}
    result = _execute(function, event, request_id)
    last = _answer.last
    if result.get("error") and last.get("errorType") and result["body"].get("errorType") == "Runtime.HandlerError":
        result["body"].update(errorType=last["errorType"], trace=(last.get("trace") or "").splitlines())
    return result
