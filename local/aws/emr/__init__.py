"""EMR: clusters that take time to start and to end, and steps that really run, in the laptop's warm Spark driver.

Upstream's clusters are there at once and its steps COMPLETED at once, without anything having run.

cluster_life           a cluster's states over time, its own end when idle, and its events
spark_step             a step on the driver: run, cancelled
api                    RunJobFlow, AddJobFlowSteps, CancelSteps, TerminateJobFlows, auto-termination policies, ListInstances
security_configuration what upstream lacks of it, for CloudFormation too
"""

from local.aws.emr import api, security_configuration


def install() -> None:
    api.install()
    security_configuration.install()
