"""
Reads a secret as the role that the step runs as. By the SDK in Spark's JVM, whose credentials are those that Delta's log store uses too:
a cluster's Python has no boto3 (docs/decisions/0022-links-by-keyed-hash.md).
"""

from __future__ import annotations

import os

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from medallion.failure import JobError
from medallion.jvm import jvm_of


def secret_text(session: SparkSession, name: str) -> str:
    amazon = jvm_of(session).com.amazonaws
    region = os.environ["AWS_REGION"]
    address = os.environ.get("AWS_ENDPOINT_URL") or f"https://secretsmanager.{region}.amazonaws.com"
    place = amazon.client.builder.AwsClientBuilder.EndpointConfiguration(address, region)
    client = amazon.services.secretsmanager.AWSSecretsManagerClientBuilder.standard().withEndpointConfiguration(place).build()
    try:
        asked = amazon.services.secretsmanager.model.GetSecretValueRequest().withSecretId(name)
        return str(client.getSecretValue(asked).getSecretString())
    except Py4JJavaError as error:
        kind = error.java_exception.getClass().getSimpleName()
        # Of a secret that waits for its deletion it says no more than that the request is not valid.
        if kind not in ("ResourceNotFoundException", "InvalidRequestException"):
            raise
        remedy = f"restore it: aws secretsmanager restore-secret --secret-id {name}; where it never was, deploy"
        raise JobError("SecretMissing", name, "a secret of that name", f"none that can be read ({kind})", remedy) from None
    finally:
        client.shutdown()
