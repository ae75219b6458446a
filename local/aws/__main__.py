"""The laptop's AWS: MiniStack with what this pipeline needs and upstream lacks or does otherwise than AWS.

Started from the top of the checkout as `python -m local.aws`. Environment:
GATEWAY_PORT, AWS_ENDPOINT_URL   where it listens, and the same as an address (both, since functions and Spark are given the second)
BIND_HOST, MINISTACK_HOST        127.0.0.1
AUTH                             true: IAM is enforced for role sessions
SPARK_DRIVER_ENDPOINT            http address of the warm Spark driver that runs the steps of EMR
EMR_START_SECONDS                how long a cluster takes to start (1)
ALARM_SECONDS                    how often alarms are evaluated (5)
TMPDIR                           where functions and their code lie
PATH                             its first `node` runs the functions
"""

import os

# Doors of services that the pipeline has no use for: one port is enough.
os.environ.setdefault("IOT_MTLS_ENABLED", "0")
os.environ.setdefault("SFTP_ENABLED", "0")

import ministack.app

from local.aws import athena, cloudformation, cloudwatch, emr, eventbridge, iam, lambda_errors, lambda_tls, stepfunctions

for mend in (athena, cloudformation, cloudwatch, emr, eventbridge, iam, lambda_errors, lambda_tls, stepfunctions):
    mend.install()

ministack.app.main()
# What executions still had under way ends with the emulator; the interpreter would wait for it.
os._exit(0)
