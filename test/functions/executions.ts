/** Executions of Step Functions that run until they are stopped, and clusters of theirs. */
import { RunJobFlowCommand } from '@aws-sdk/client-emr';
import { CreateStateMachineCommand, DescribeExecutionCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { emr } from '../../functions/aws/emr.ts';
import { stepFunctions } from '../../functions/aws/step-functions.ts';
import { servers } from '../servers/servers.ts';
import { until } from '../until.ts';
import { createRole } from './role.ts';

const WAITS = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } };

let waiting: Promise<string> | undefined;

/** The ARN of a state machine whose role may do nothing. */
export async function createMachine(name: string, definition: object): Promise<string> {
  const account = { endpoint: servers.aws.endpoint, id: String(process.env.AWS_ACCESS_KEY_ID) };
  const roleArn = await createRole(account, name, {
    Effect: 'Allow',
    Principal: { Service: 'states.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  const { stateMachineArn } = await stepFunctions.send(
    new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn }),
  );
  return stateMachineArn ?? '';
}

/** The ARN of an execution that goes on. */
export async function runningExecution(): Promise<string> {
  waiting ??= createMachine('waits', WAITS);
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn: await waiting }));
  return executionArn ?? '';
}

export async function stopExecution(executionArn: string): Promise<void> {
  await stepFunctions.send(new StopExecutionCommand({ executionArn }));
}

export async function executionEnded(executionArn: string): Promise<void> {
  await until(
    'the execution to have ended',
    async () => (await stepFunctions.send(new DescribeExecutionCommand({ executionArn }))).status !== 'RUNNING',
  );
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
