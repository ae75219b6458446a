/** One function with a role of its own: the rights of its row in `functions.ts`, the secrets of its sources, its own log, and no more. */
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type FunctionProps,
  type ILayerVersion,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { functionName } from '../../config/names.ts';
import type { FunctionSpec } from '../functions.ts';
import { grant } from '../grant.ts';
import { allow, type Rights } from '../rights.ts';
import type { NetworkStack } from '../stacks/network.ts';

export interface PipelineFunctionProps {
  folder: string;
  spec: FunctionSpec;
  code: string;
  environment: Record<string, string>;
  rights: Rights;
  network: NetworkStack;
  duckdb: ILayerVersion;
  deadLetters: IQueue;
  logRetention: RetentionDays;
}

export class PipelineFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    super(scope, id);
    const { folder, spec, code, environment, duckdb, deadLetters } = props;
    const name = functionName(folder);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: spec.says,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      code: Code.fromAsset(code),
      handler: 'handler.handler',
      memorySize: spec.memory,
      timeout: Duration.minutes(spec.minutes),
      ephemeralStorageSize: Size.mebibytes(spec.disk ?? 512),
      tracing: Tracing.ACTIVE,
      layers: spec.duckdb ? [duckdb] : [],
      environment,
      role: this.role(name, props),
      logGroup,
      ...(spec.asynchronous ? { deadLetterQueue: deadLetters } : {}),
      ...placeOf(props),
    });
  }

  private role(name: string, { spec, rights }: PipelineFunctionProps): Role {
    const role = new Role(this, 'Role', {
      roleName: `${name}-function`,
      description: spec.says,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    grant(role, [
      ...spec.rights(rights),
      ...(spec.sources ?? []).map((kind) => rights.secret(kind)),
      rights.key(),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [rights.arn('logs', `log-group:/aws/lambda/${name}:*`)]),
      ...(spec.sources ? inTheNetwork() : []),
      ...(spec.asynchronous ? [rights.deadLetter()] : []),
    ]);
    return role;
  }
}

/** Only what reaches a source stands in the network. */
function placeOf({ spec, network }: PipelineFunctionProps): Partial<FunctionProps> {
  if (!spec.sources) return {};
  return { vpc: network.vpc, vpcSubnets: { subnets: network.vpc.privateSubnets }, securityGroups: [network.functions] };
}

/** What Lambda itself does with the role to stand in a network; its APIs name no resource before it exists. */
function inTheNetwork(): PolicyStatement[] {
  const actions = [
    'CreateNetworkInterface',
    'DeleteNetworkInterface',
    'DescribeNetworkInterfaces',
    'DescribeSubnets',
    'AssignPrivateIpAddresses',
    'UnassignPrivateIpAddresses',
  ];
  return [
    allow(
      actions.map((action) => `ec2:${action}`),
      ['*'],
    ),
  ];
}
