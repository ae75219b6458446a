"""Asks policies as AWS does where upstream's question differs.

- Every request counts as one over TLS: it never leaves the machine, and bucket policies that demand TLS would refuse the laptop's http.
- TerminateJobFlows names its clusters in a list, which upstream does not look into: it asked for a right to all there are.
"""

import json
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_resolve = iam_evaluator._resolve_condition_key
_resource = iam_actions.extract_resource_arn


def install() -> None:
    iam_evaluator._resolve_condition_key = resolve
    iam_actions.extract_resource_arn = resource_arn


def resolve(key: str, context: Any) -> Any:
    return "true" if key.lower() == "aws:securetransport" else _resolve(key, context)


def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str) -> Any:
    if service in ("elasticmapreduce", "emr") and body and len(clusters := json.loads(body).get("JobFlowIds", [])) == 1:
        return f"arn:aws:elasticmapreduce:{region}:{account}:cluster/{clusters[0]}"
    return _resource(service, method, path, headers, body, query, region, account)
