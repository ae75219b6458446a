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

  constructor(
    scope: Construct,
    id: string,
    { folder, spec, code, environment, rights, network, duckdb, deadLetters, logRetention }: PipelineFunctionProps,
  ) {
    super(scope, id);
    const name = functionName(folder);
    const logGroupName = `/aws/lambda/${name}`;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      roleName: `${name}-function`,
      description: spec.says,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    const statements = [
      ...spec.rights(rights),
      ...(spec.sources ?? []).map((kind) => rights.secret(kind)),
      rights.key(),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [rights.arn('logs', `log-group:${logGroupName}:*`)]),
      ...(spec.sources ? inTheNetwork() : []),
    ];
    if (spec.asynchronous) statements.push(rights.deadLetter());
    grant(role, statements);

    const place: Partial<FunctionProps> = spec.sources
      ? { vpc: network.vpc, vpcSubnets: { subnets: network.vpc.privateSubnets }, securityGroups: [network.functions] }
      : {};
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
      role,
      logGroup,
      ...(spec.asynchronous ? { deadLetterQueue: deadLetters } : {}),
      ...place,
    });
  }
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
