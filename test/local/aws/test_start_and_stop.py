"""The emulator ends when it is told to, whatever is under way in it."""

import json
from functools import partial
from pathlib import Path

from conftest import client, emulator

from functions import create_role


def test_it_ends_while_an_execution_waits(tmp_path: Path) -> None:
    with emulator(tmp_path, "http://127.0.0.1:1") as (endpoint, process):
        wait = {"Type": "Wait", "Seconds": 3600, "End": True}
        branch = {"StartAt": "Wait", "States": {"Wait": wait}}
        parallel = {"Type": "Parallel", "Branches": [branch], "End": True}
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Both", "States": {"Both": parallel}})
        anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        role = create_role(partial(client, endpoint), "waiting", [anything])
        states = client(endpoint, "stepfunctions")
        machine = states.create_state_machine(name="waiting", definition=definition, roleArn=role)["stateMachineArn"]
        states.start_execution(stateMachineArn=machine)
        process.terminate()
        assert process.wait(8) == 0
