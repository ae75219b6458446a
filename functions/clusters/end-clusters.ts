/** Ends the EMR clusters of an execution: their steps cancelled first and seen terminal, so that nothing of it writes any more. */
import {
  CancelStepsCommand,
  DescribeClusterCommand,
  type EMRClient,
  paginateListClusters,
  paginateListSteps,
  TerminateJobFlowsCommand,
} from '@aws-sdk/client-emr';

/** The tag by which a cluster says whose it is. */
const EXECUTION_TAG = 'etl:execution';

/** The ids of the clusters that still run and carry the execution's tag. */
async function clustersOf(emr: EMRClient, executionArn: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListClusters(
    { client: emr },
    { ClusterStates: ['STARTING', 'BOOTSTRAPPING', 'RUNNING', 'WAITING', 'TERMINATING'] },
  )) {
    for (const { Id } of page.Clusters ?? []) {
      const { Cluster } = await emr.send(new DescribeClusterCommand({ ClusterId: Id }));
      if (Id && Cluster?.Tags?.some(({ Key, Value }) => Key === EXECUTION_TAG && Value === executionArn)) found.push(Id);
    }
  }
  return found;
}

/** Asks for the end of every cluster of the execution. True when none is left; call again until it is. */
export async function endClusters(emr: EMRClient, executionArn: string): Promise<boolean> {
  const clusters = await clustersOf(emr, executionArn);
  for (const cluster of clusters) await cancelSteps(emr, cluster);
  if (clusters.length > 0) await emr.send(new TerminateJobFlowsCommand({ JobFlowIds: clusters }));
  return clusters.length === 0;
}

async function cancelSteps(emr: EMRClient, ClusterId: string): Promise<void> {
  const StepIds: string[] = [];
  for await (const page of paginateListSteps({ client: emr }, { ClusterId, StepStates: ['PENDING', 'RUNNING'] })) {
    StepIds.push(...(page.Steps ?? []).flatMap(({ Id }) => (Id ? [Id] : [])));
  }
  if (StepIds.length > 0) await emr.send(new CancelStepsCommand({ ClusterId, StepIds, StepCancellationOption: 'TERMINATE_PROCESS' }));
}

/** True when none is left before the deadline (milliseconds since the epoch); asks every second. */
export async function awaitEnd(emr: EMRClient, executionArn: string, deadline: number): Promise<boolean> {
  while (!(await endClusters(emr, executionArn))) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return true;
}
