"""Runs the branches of a Parallel under JSONata, each with its own copy of the context: what a branch assigns stays in it, as on AWS."""

import copy
from functools import partial
from typing import Any

from ministack.services import stepfunctions

from local.aws.scope import run_all
from local.aws.stepfunctions.history import Execution, add_event
from local.aws.stepfunctions.states import Context, State, finish, is_jsonata, run_states

_run_jsonpath_branches = stepfunctions._run_parallel_branches


def install() -> None:
    stepfunctions._run_parallel_branches = run_branches


def run_branches(state: State, value: Any, execution: Execution, context: Context) -> tuple[Any, str | None]:
    if not is_jsonata(state, context):
        return _run_jsonpath_branches(state, value, execution, context)  # type: ignore[no-any-return]
    argument = stepfunctions._apply_jsonata_arguments(state, value, context)
    add_event(execution, "ParallelStateStarted")
    results = run_all(
        [
            partial(run_states, branch["States"], branch["StartAt"], argument, execution, copy.deepcopy(context))
            for branch in state["Branches"]
        ],
        at_once=len(state["Branches"]),
    )
    add_event(execution, "ParallelStateSucceeded")
    return finish(state, value, context, results)
