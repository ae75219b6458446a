"""Step Functions: what a JSONata machine needs beyond upstream.

history          events name the one before them in their own branch; nothing follows the end
states           states inside Map and Parallel are in the history too; payloads have AWS's limit
branches         Parallel under JSONata (upstream ignores Arguments, Output and Assign, and lets the branches share one context)
map_state        Map under JSONata, inline and distributed (upstream fails, or takes the wrong items)
retry            MaxDelaySeconds and JitterStrategy; a stopped execution does not go on waiting
execution        stop, time out, redrive, and the metrics of AWS/States
jsonata          an expression may take longer than a second of a busy laptop's clock; Assign sees the old values
aws_sdk          any `aws-sdk:` action, by botocore
elasticmapreduce createCluster.sync, addStep.sync and their like
nested           startExecution.sync: an execution that is listed, tells of its end and is stopped with its parent
"""

from local.aws.stepfunctions import aws_sdk, branches, elasticmapreduce, execution, history, jsonata, map_state, nested, retry, states


def install() -> None:
    for part in (history, states, branches, map_state, retry, execution, jsonata, aws_sdk, elasticmapreduce, nested):
        part.install()
