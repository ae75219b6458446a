"""Asks policies as AWS does where upstream's question differs.

- Every request counts as one over TLS: it never leaves the machine, and bucket policies that demand TLS would refuse the laptop's http.
- A write to S3 tells policies whether it asks for `If-None-Match`, and whether an object comes to be by it.
- TerminateJobFlows names its clusters in a list, which upstream does not look into: it asked for a right to all there are.
"""

import json
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_resolve = iam_evaluator._resolve_condition_key
_resource = iam_actions.extract_resource_arn
_s3_context = iam_actions.s3_service_context


def install() -> None:
    iam_evaluator._resolve_condition_key = resolve
    iam_actions.extract_resource_arn = resource_arn
    iam_actions.s3_service_context = s3_context


def resolve(key: str, context: Any) -> Any:
    return "true" if key.lower() == "aws:securetransport" else _resolve(key, context)


def resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str) -> Any:
    if service in ("elasticmapreduce", "emr") and body and len(clusters := json.loads(body).get("JobFlowIds", [])) == 1:
        return f"arn:aws:elasticmapreduce:{region}:{account}:cluster/{clusters[0]}"
    return _resource(service, method, path, headers, body, query, region, account)


def s3_context(action: str, query: dict[str, Any] | None, path: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    context: dict[str, Any] = _s3_context(action, query, path, headers)
    if action == "s3:PutObject":
        # Of an upload in parts only the completion makes the object.
        makes_object = not {"uploads", "partNumber"}.intersection(query or {})
        context["s3:ObjectCreationOperation"] = str(makes_object).lower()
        if wanted := (headers or {}).get("if-none-match"):
            context["s3:if-none-match"] = wanted
    return context
