"""Reads the arguments of a `spark-submit` step as EMR would: settings, code to bring along, the script and what it is given."""

from __future__ import annotations

from dataclasses import dataclass

# Of these the value says where and as whom a cluster runs the step: there is one driver here.
FOR_CLUSTERS = {"--deploy-mode", "--master", "--name", "--class", "--queue", "--jars", "--packages", "--files"}
FOR_CLUSTERS |= {"--driver-memory", "--executor-memory", "--executor-cores", "--num-executors"}


@dataclass(frozen=True)
class SubmitArguments:
    script: str
    arguments: list[str]
    py_files: list[str]
    settings: dict[str, str]


def submit_arguments(args: list[str]) -> SubmitArguments:
    if not args or args[0] != "spark-submit":
        raise ValueError(f"expected arguments that begin with spark-submit; found {args[:1]}. To mend it: correct the step's Args")
    settings: dict[str, str] = {}
    py_files: list[str] = []
    rest = args[1:]
    while rest and rest[0].startswith("--"):
        option, value = rest[0], rest[1] if len(rest) > 1 else ""
        if option == "--conf":
            key, _, setting = value.partition("=")
            settings[key] = setting
        elif option == "--py-files":
            py_files = [each for each in value.split(",") if each]
        elif option not in FOR_CLUSTERS:
            raise ValueError(f"expected an option of spark-submit that steps use; found {option}. To mend it: correct the step's Args")
        rest = rest[2:]
    if not rest:
        raise ValueError("expected a script among the step's Args; found none. To mend it: name it after the options")
    return SubmitArguments(rest[0], rest[1:], py_files, settings)
