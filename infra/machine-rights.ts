/** What a state machine's role must be allowed for each kind of task, by the table of AWS's integrations; a machine's role is the sum over its tasks. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Names } from '../config/names.ts';
import { allow, passRole, type Rights } from './rights.ts';
import { DISTRIBUTED_MAP, type MachineFile, type Task } from './state-machine-file.ts';

interface Asking {
  may: Rights;
  names: Names;
  machine: string;
  task: Task;
  /** Fills a `${Key}` that is an argument's whole text. */
  fill: (argument: unknown) => string;
}

const EMR = 'arn:aws:states:::elasticmapreduce';

const TABLE: Record<string, (asking: Asking) => PolicyStatement[]> = {
  'arn:aws:states:::lambda:invoke': ({ may, task, fill }) => [may.invoke(fill(task.Arguments.FunctionName))],
  'arn:aws:states:::sns:publish': ({ may }) => [...may.alert(), may.key()],
  // Only the list of chunks is read, and only the outcome of a chunk is written.
  'arn:aws:states:::s3:getObject': ({ may }) => [may.get('lake', 'runs/'), may.key()],
  'arn:aws:states:::aws-sdk:s3:putObject': ({ may }) => [may.put('lake', 'runs/'), may.key()],
  'arn:aws:states:::states:startExecution.sync:2': ({ may, names }) => [
    may.startMachine(names.machines.pipeline),
    allow(['states:DescribeExecution', 'states:StopExecution'], [may.arn('states', `execution:${names.machines.pipeline.name}:*`)]),
    managedRule(may, 'StepFunctionsGetEventsForStepFunctionsExecutionRule'),
  ],
  [`${EMR}:createCluster.sync`]: startCluster,
  [`${EMR}:addStep.sync`]: addStep,
  // Its iterations are executions of the machine itself.
  [DISTRIBUTED_MAP.Resource]: ({ may, machine }) => [
    may.startMachine({ arn: may.arn('states', `stateMachine:${machine}`) }),
    allow(['states:DescribeExecution', 'states:StopExecution'], [may.arn('states', `execution:${machine}:*`)]),
    allow(['states:RedriveExecution'], [may.arn('states', `execution:${machine}/*`)]),
  ],
};

export function machineRights(file: MachineFile, values: Record<string, string>, may: Rights, names: Names): PolicyStatement[] {
  const fill = (argument: unknown) => String(argument).replace(/^\$\{(\w+)\}$/, (whole, key: string) => values[key] ?? whole);
  return file.tasks.flatMap((task) => {
    const row = TABLE[task.Resource];
    if (row) return row({ may, names, machine: file.name, task, fill });
    throw new Error(
      `statemachines/${file.name}.asl.json: expected one of ${Object.keys(TABLE).join(', ')}; found ${task.Resource}. To mend it: add a row to infra/machine-rights.ts`,
    );
  });
}

/** A cluster has no name before it exists, so starting one names none; who it may become is the limit. */
function startCluster({ may, names }: Asking): PolicyStatement[] {
  const emr = (actions: string[], resource: string) =>
    allow(
      actions.map((action) => `elasticmapreduce:${action}`),
      [resource],
    );
  return [
    emr(['RunJobFlow'], '*'),
    emr(['AddTags', 'DescribeCluster', 'PutAutoTerminationPolicy', 'TerminateJobFlows'], may.arn('elasticmapreduce', 'cluster/*')),
    passRole(may.role(names.roles.emrService), 'elasticmapreduce.amazonaws.com'),
    passRole(may.role(names.roles.emrInstances), 'ec2.amazonaws.com'),
    cleanupRole(may),
    managedRule(may, 'StepFunctionsGetEventForEMRRunJobFlowRule'),
  ];
}

/** A step runs as the one role that touches data, and as no other. */
function addStep({ may, names }: Asking): PolicyStatement[] {
  const clusters = may.arn('elasticmapreduce', 'cluster/*');
  const add = allow(['elasticmapreduce:AddJobFlowSteps'], [clusters]);
  add.addCondition('StringEquals', { 'elasticmapreduce:ExecutionRoleArn': may.role(names.roles.sparkStep) });
  return [
    add,
    allow(['elasticmapreduce:CancelSteps', 'elasticmapreduce:DescribeStep'], [clusters]),
    managedRule(may, 'StepFunctionsGetEventForEMRAddJobFlowStepsRule'),
  ];
}

/** The role that EMR ends forgotten instances with; the first cluster of an account makes it. */
function cleanupRole(may: Rights): PolicyStatement {
  const service = 'elasticmapreduce.amazonaws.com';
  const statement = allow(['iam:CreateServiceLinkedRole'], [may.role(`aws-service-role/${service}/AWSServiceRoleForEMRCleanup`)]);
  statement.addCondition('StringEquals', { 'iam:AWSServiceName': service });
  return statement;
}

/** `.sync` waits by a rule of EventBridge that Step Functions keeps. */
function managedRule(may: Rights, rule: string): PolicyStatement {
  return allow(['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], [may.arn('events', `rule/${rule}`)]);
}
