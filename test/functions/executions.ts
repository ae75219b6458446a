/** Executions of Step Functions that run until they are stopped, and clusters of theirs. */
import { RunJobFlowCommand } from '@aws-sdk/client-emr';
import { CreateStateMachineCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { emr, stepFunctions } from '../../functions/aws.ts';

const WAITS = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } };

let machine: Promise<string | undefined> | undefined;

/** The ARN of an execution that goes on. */
export async function runningExecution(): Promise<string> {
  machine ??= stepFunctions
    .send(
      new CreateStateMachineCommand({ name: 'waits', definition: JSON.stringify(WAITS), roleArn: 'arn:aws:iam::000000000000:role/waits' }),
    )
    .then(({ stateMachineArn }) => stateMachineArn);
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn: await machine }));
  return executionArn ?? '';
}

export async function stopExecution(executionArn: string): Promise<void> {
  await stepFunctions.send(new StopExecutionCommand({ executionArn }));
}

export async function endedExecution(): Promise<string> {
  const execution = await runningExecution();
  await stopExecution(execution);
  return execution;
}

/** The id of a cluster that says it is the execution's, and runs until it is ended. */
export async function clusterOf(execution: string): Promise<string> {
  const { JobFlowId } = await emr.send(
    new RunJobFlowCommand({
      Name: 'of a run',
      ReleaseLabel: 'emr-7.14.0',
      ServiceRole: 'service',
      JobFlowRole: 'instances',
      Instances: { InstanceCount: 1, MasterInstanceType: 'm5.xlarge', KeepJobFlowAliveWhenNoSteps: true },
      Tags: [{ Key: 'etl:execution', Value: execution }],
    }),
  );
  return JobFlowId ?? '';
}
