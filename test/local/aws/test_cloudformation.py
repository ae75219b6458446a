"""A template with types that the emulator lacks is deployed, and what is only declared can be asked for."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

TEMPLATE = {
    "Resources": {
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Gateway": {"Type": "AWS::EC2::NatGateway", "Properties": {"AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}},
        "Encryption": {
            "Type": "AWS::EMR::SecurityConfiguration",
            "Properties": {"Name": "declared", "SecurityConfiguration": {"EncryptionConfiguration": {"EnableInTransitEncryption": True}}},
        },
        "Saved": {"Type": "AWS::Athena::NamedQuery", "Properties": {"Name": "saved", "Database": "gold", "QueryString": "SELECT 1"}},
    },
    "Outputs": {"Gateway": {"Value": {"Fn::GetAtt": ["Gateway", "NatGatewayId"]}}},
}


def test_unknown_types_are_declared_and_known_ones_are_there(aws: Any) -> None:
    stacks = aws("cloudformation")
    stacks.create_stack(StackName="declared", TemplateBody=json.dumps(TEMPLATE))
    stacks.get_waiter("stack_create_complete").wait(StackName="declared", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    resources = stacks.describe_stack_resources(StackName="declared")["StackResources"]
    declared = {each["ResourceType"] for each in resources if each["PhysicalResourceId"].startswith("not-emulated-")}
    assert declared == {"AWS::EC2::EIP", "AWS::EC2::NatGateway"}
    assert stacks.describe_stacks(StackName="declared")["Stacks"][0]["Outputs"][0]["OutputValue"] == "not-emulated-declared-Gateway"
    kept = json.loads(aws("emr").describe_security_configuration(Name="declared")["SecurityConfiguration"])
    assert kept == {"EncryptionConfiguration": {"EnableInTransitEncryption": True}}
    (query,) = aws("athena").list_named_queries()["NamedQueryIds"]
    saved = aws("athena").get_named_query(NamedQueryId=query)["NamedQuery"]
    assert (saved["Name"], saved["Database"], saved["QueryString"]) == ("saved", "gold", "SELECT 1")
    stacks.delete_stack(StackName="declared")
    stacks.get_waiter("stack_delete_complete").wait(StackName="declared", WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    with pytest.raises(ClientError, match="does not exist"):
        aws("emr").describe_security_configuration(Name="declared")


def test_a_type_that_is_none_of_aws_is_refused(aws: Any) -> None:
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        aws("cloudformation").create_stack(StackName="odd", TemplateBody=json.dumps({"Resources": {"Odd": {"Type": "Acme::Odd::Thing"}}}))
