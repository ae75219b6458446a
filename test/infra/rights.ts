/** Who may do what: each role's rights against what its code calls, or against what AWS says its tasks need. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { rightsOf, statementsOf } from './rights-of.ts';
import { local as app } from './stages.ts';
import type { Properties } from './synthesised.ts';

const FUNCTIONS = [
  'clean-up',
  'commit',
  'complete-landing',
  'count-rerun',
  'extract',
  'freshness',
  'plan',
  'plan-gold',
  'plan-maintenance',
  'publish',
  'record-maintenance',
  'route-results',
  'validate',
];

/** What a call of the SDK needs, in the words of IAM. */
const ACTIONS: Record<string, string> = {
  CancelStepsCommand: 'elasticmapreduce:CancelSteps',
  CreateTableCommand: 'glue:CreateTable',
  DescribeClusterCommand: 'elasticmapreduce:DescribeCluster',
  DescribeExecutionCommand: 'states:DescribeExecution',
  GetCommand: 'dynamodb:GetItem',
  GetObjectCommand: 's3:GetObject',
  GetSecretValueCommand: 'secretsmanager:GetSecretValue',
  GetTableCommand: 'glue:GetTable',
  HeadObjectCommand: 's3:GetObject',
  ListExecutionsCommand: 'states:ListExecutions',
  PublishCommand: 'sns:Publish',
  PutObjectCommand: 's3:PutObject',
  TerminateJobFlowsCommand: 'elasticmapreduce:TerminateJobFlows',
  UpdateTableCommand: 'glue:UpdateTable',
  paginateListClusters: 'elasticmapreduce:ListClusters',
  paginateListSteps: 'elasticmapreduce:ListSteps',
};

/** Beside its calls: S3 says that an object is missing only to who may list; the rest is what Lambda does in the role's name. */
const OF_LAMBDA = /^(s3:ListBucket|kms:|logs:|xray:|ec2:|sqs:SendMessage|dynamodb:(Put|Update)Item)/;

const actionsOf = (role: string) => [...new Set(rightsOf(app, role).map((right) => right.split(' on ')[0] ?? ''))].sort();

describe('functions', () => {
  test('each runs as a role of its own', () => {
    const roles = app.all('AWS::Lambda::Function').map(({ properties }) => [properties.FunctionName, properties.Role]);
    expect(roles.map(([name]) => name).sort()).toEqual(FUNCTIONS.map((name) => `etl-${name}`));
    expect(new Set(roles.map(([, role]) => role)).size).toBe(FUNCTIONS.length);
  });

  // The SDK's own waiters, which stand in some bundles and are called by none, hand on their `input`.
  test.each(FUNCTIONS)('%s may do what its bundle calls, and nothing else', (name) => {
    const bundle = readFileSync(join(app.folder, 'functions', name, 'handler.mjs'), 'utf8');
    const calls = Object.keys(ACTIONS).filter((call) =>
      new RegExp(call.startsWith('paginate') ? `${call}\\(\\{|${call}\\(\n?\\s*\\{` : `new ${call}\\((?!input\\d*\\))`).test(bundle),
    );
    const expected = [...new Set(calls.map((call) => ACTIONS[call]))].sort();
    expect(actionsOf(`etl-${name}-function`).filter((action) => !OF_LAMBDA.test(action))).toEqual(expected);
  });

  test('only those that open, commit or free a batch write into the ledger', () => {
    const writers = FUNCTIONS.filter((name) => actionsOf(`etl-${name}-function`).includes('dynamodb:UpdateItem'));
    expect(writers).toEqual(['clean-up', 'commit', 'count-rerun', 'plan', 'plan-gold', 'plan-maintenance', 'record-maintenance']);
  });

  test('of the tables themselves the plan sees their logs alone', () => {
    const lake = 'arn:aws:s3:::company-data-lake-000000000000-us-east-1';
    const read = rightsOf(app, 'etl-plan-function').filter((right) => right.startsWith(`s3:GetObject on ${lake}`));
    expect(read.map((right) => right.split(`${lake}/`)[1])).toEqual(['bronze/*/_delta_log/*', 'runs/*', 'silver/*/_delta_log/*']);
  });

  test('validation sees of the lake the logs of Silver alone', () => {
    const lake = 'arn:aws:s3:::company-data-lake-000000000000-us-east-1';
    const rights = rightsOf(app, 'etl-validate-function').filter((right) => right.includes(lake) && right.includes('Object'));
    expect(rights).toEqual([`s3:GetObject on ${lake}/silver/*/_delta_log/*`]);
  });

  test('only those that reach a source may read its secret, and only they stand in the network', () => {
    const secretsOf = (name: string) =>
      rightsOf(app, `etl-${name}-function`).flatMap((right) => /GetSecretValue on .*:secret:(etl\/\w+)-\?{6}$/.exec(right)?.[1] ?? []);
    const readers = FUNCTIONS.map((name) => [name, secretsOf(name)] as const).filter(([, secrets]) => secrets.length > 0);
    expect(Object.fromEntries(readers)).toEqual({
      commit: ['etl/kafka', 'etl/postgres'],
      extract: ['etl/kafka', 'etl/postgres', 'etl/snowflake'],
      plan: ['etl/kafka', 'etl/postgres', 'etl/snowflake'],
    });
    const inside = app.all('AWS::Lambda::Function').filter(({ properties }) => properties.VpcConfig);
    expect(inside.map(({ properties }) => properties.FunctionName).sort()).toEqual(readers.map(([name]) => `etl-${name}`));
  });
});

const ACCOUNT = 'us-east-1:000000000000';
const invoke = (...names: string[]) => names.map((name) => `lambda:InvokeFunction on arn:aws:lambda:${ACCOUNT}:function:etl-${name}`);
const rule = (name: string) =>
  ['DescribeRule', 'PutRule', 'PutTargets'].map((action) => `events:${action} on arn:aws:events:${ACCOUNT}:rule/${name}`);
const KEY = ['kms:Decrypt on <key>', 'kms:GenerateDataKey on <key>'];
const LOGS_AND_TRACES = [
  ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies', 'GetLogDelivery', 'ListLogDeliveries'],
  ...['PutResourcePolicy', 'UpdateLogDelivery'],
].map((action) => `logs:${action} on *`);
LOGS_AND_TRACES.push(
  ...['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map((action) => `xray:${action} on *`),
);

const CLUSTERS = `arn:aws:elasticmapreduce:${ACCOUNT}:cluster/*`;
const ROLE = 'arn:aws:iam::000000000000:role';
const START_CLUSTER = [
  'elasticmapreduce:RunJobFlow on *',
  ...['AddTags', 'DescribeCluster', 'PutAutoTerminationPolicy', 'TerminateJobFlows'].map(
    (action) => `elasticmapreduce:${action} on ${CLUSTERS}`,
  ),
  `iam:PassRole on ${ROLE}/etl-emr-service if {"StringEquals":{"iam:PassedToService":"elasticmapreduce.amazonaws.com"}}`,
  `iam:PassRole on ${ROLE}/etl-emr-instances if {"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}`,
  `iam:CreateServiceLinkedRole on ${ROLE}/aws-service-role/elasticmapreduce.amazonaws.com/AWSServiceRoleForEMRCleanup if {"StringEquals":{"iam:AWSServiceName":"elasticmapreduce.amazonaws.com"}}`,
  ...rule('StepFunctionsGetEventForEMRRunJobFlowRule'),
];
const ADD_STEP = [
  `elasticmapreduce:AddJobFlowSteps on ${CLUSTERS} if {"StringEquals":{"elasticmapreduce:ExecutionRoleArn":"${ROLE}/etl-spark-step"}}`,
  ...['CancelSteps', 'DescribeStep'].map((action) => `elasticmapreduce:${action} on ${CLUSTERS}`),
  ...rule('StepFunctionsGetEventForEMRAddJobFlowStepsRule'),
];

describe('state machines', () => {
  test('etl-pipeline may do what its tasks need, and nothing else', () => {
    const runs = 'arn:aws:s3:::company-data-lake-000000000000-us-east-1/runs/*';
    const executions = `arn:aws:states:${ACCOUNT}:execution:etl-pipeline`;
    expect(rightsOf(app, 'etl-pipeline-machine')).toEqual(
      [
        ...invoke('clean-up', 'commit', 'complete-landing', 'extract', 'plan', 'plan-gold', 'publish', 'route-results', 'validate'),
        // createCluster.sync, with tags and an idle timeout
        ...START_CLUSTER,
        // addStep.sync, as one role only
        ...ADD_STEP,
        // The distributed Map, its list of chunks, and the outcome of a chunk that failed
        `states:StartExecution on arn:aws:states:${ACCOUNT}:stateMachine:etl-pipeline`,
        ...['DescribeExecution', 'StopExecution'].map((action) => `states:${action} on ${executions}:*`),
        `states:RedriveExecution on ${executions}/*`,
        `s3:GetObject on ${runs}`,
        `s3:PutObject on ${runs}`,
        ...KEY,
        ...LOGS_AND_TRACES,
      ].sort(),
    );
  });

  test('maintain-lake may plan, have its step done on a cluster of its own, and record it', () => {
    expect(rightsOf(app, 'maintain-lake-machine')).toEqual(
      [...invoke('clean-up', 'plan-maintenance', 'record-maintenance'), ...START_CLUSTER, ...ADD_STEP, ...LOGS_AND_TRACES].sort(),
    );
  });

  test('verify-receipts may have its step done on a cluster of its own', () => {
    expect(rightsOf(app, 'verify-receipts-machine')).toEqual(
      [...invoke('clean-up'), ...START_CLUSTER, ...ADD_STEP, ...LOGS_AND_TRACES].sort(),
    );
  });

  test('rerun may look, start etl-pipeline and wait for it, and tell a person', () => {
    expect(rightsOf(app, 'rerun-machine')).toEqual(
      [
        ...invoke('count-rerun'),
        `states:StartExecution on arn:aws:states:${ACCOUNT}:stateMachine:etl-pipeline`,
        ...['DescribeExecution', 'StopExecution'].map((action) => `states:${action} on arn:aws:states:${ACCOUNT}:execution:etl-pipeline:*`),
        ...rule('StepFunctionsGetEventsForStepFunctionsExecutionRule'),
        `sns:Publish on arn:aws:sns:${ACCOUNT}:etl-alerts`,
        ...KEY,
        ...LOGS_AND_TRACES,
      ].sort(),
    );
  });
});

describe('Spark', () => {
  const bucketsOf = (role: string, action: string) =>
    rightsOf(app, role).flatMap((right) => (right.startsWith(`${action} on arn:aws:s3:::`) ? [right.split(':::company-')[1]] : []));

  test('a step writes the four layers, its results and its log, and reads what it needs for them', () => {
    expect(bucketsOf('etl-spark-step', 's3:PutObject')).toEqual([
      ...['bronze', 'gold', 'quarantine', 'runs', 'silver'].map((folder) => `data-lake-000000000000-us-east-1/${folder}/*`),
      'logs-000000000000-us-east-1/spark-events/*',
    ]);
    expect(bucketsOf('etl-spark-step', 's3:DeleteObject')).toEqual([
      ...['bronze', 'gold', 'quarantine', 'silver'].map((folder) => `data-lake-000000000000-us-east-1/${folder}/*`),
      'logs-000000000000-us-east-1/spark-events/*',
    ]);
  });

  test('a step reads the key of pseudonyms and no other secret, and nobody else reads that', () => {
    const roles = app.all('AWS::IAM::Role').flatMap(({ properties }) => (properties.RoleName ? [String(properties.RoleName)] : []));
    const readers = roles.flatMap((role) =>
      rightsOf(app, role).flatMap((right) =>
        /^secretsmanager:.*etl\/pseudonyms/.test(right) ? [`${role}: ${right.split(' on ')[0]}`] : [],
      ),
    );
    expect(readers).toEqual(['etl-spark-step: secretsmanager:GetSecretValue']);
    expect(rightsOf(app, 'etl-spark-step').filter((right) => right.startsWith('secretsmanager:'))).toHaveLength(1);
  });

  test('the nodes of a cluster reach no data but through the role of a step', () => {
    expect(bucketsOf('etl-emr-instances', 's3:GetObject')).toEqual([
      'artifacts-000000000000-us-east-1/*',
      'logs-000000000000-us-east-1/emr/*',
    ]);
    expect(
      rightsOf(app, 'etl-emr-instances')
        .filter((right) => right.startsWith('sts:'))
        .map((right) => right.split(' on ')[0]),
    ).toEqual(['sts:AssumeRole', 'sts:TagSession']);
  });
});

test('S3 may read of the lake what backups have, write it there, and use the key for nothing else', () => {
  const [lake, backups] = ['data-lake', 'backups'].map((name) => `arn:aws:s3:::company-${name}-000000000000-us-east-1`);
  const folders = ['bronze', 'quarantine', 'run-log', 'silver'];
  const by = (bucket: string | undefined) =>
    `if ${JSON.stringify({ StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' }, ArnLike: { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] } })}`;
  const key = rightsOf(app, 'etl-lake-replication').flatMap((right) => (/^kms:\w+ on (\S+) if/.exec(right) ?? []).slice(1));
  expect(new Set(key)).toEqual(new Set([expect.stringMatching(/^<Key\w+\.Arn>$/)]));
  expect(rightsOf(app, 'etl-lake-replication')).toEqual(
    [
      ...['GetReplicationConfiguration', 'ListBucket'].map((action) => `s3:${action} on ${lake}`),
      ...['', 'Acl', 'Tagging'].flatMap((of) =>
        folders.map((folder) => `s3:GetObjectVersion${of === '' ? 'ForReplication' : of} on ${lake}/${folder}/*`),
      ),
      ...['Object', 'Delete', 'Tags'].flatMap((what) => folders.map((folder) => `s3:Replicate${what} on ${backups}/${folder}/*`)),
      `kms:Decrypt on ${key[0]} ${by(lake)}`,
      `kms:Encrypt on ${key[0]} ${by(backups)}`,
    ].sort(),
  );
});

test("Snowflake's integration writes attempts into its landing bucket, and reads nothing; there alone a write need not ask to be the first", () => {
  const bucket = 'arn:aws:s3:::company-external-data-000000000000-us-east-1';
  const rights = rightsOf(app, 'etl-snowflake-unload');
  expect(rights.filter((right) => !right.startsWith('kms:'))).toEqual([
    `s3:AbortMultipartUpload on ${bucket}/*/batch=*/attempt=*`,
    `s3:GetBucketLocation on ${bucket}`,
    `s3:ListBucket on ${bucket}`,
    `s3:PutObject on ${bucket}/*/batch=*/attempt=*`,
  ]);
  const free = app.all('AWS::S3::BucketPolicy').flatMap(({ properties }) => {
    const { Statement } = properties.PolicyDocument as unknown as { Statement: Properties[] };
    return Statement.flatMap(({ NotResource }) => (NotResource ? [JSON.stringify(NotResource)] : []));
  });
  expect(free).toEqual([expect.stringMatching(/External.*\*\/batch=\*\/attempt=\*/)]);
});

describe('wildcards', () => {
  const statements = () => app.all('AWS::IAM::Policy').flatMap(statementsOf);

  test('no action is a wildcard', () => {
    const actions = statements().flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(100);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('only actions that know no resource are allowed on all of them', () => {
    const onAll = statements().filter(({ Resource }) => [Resource].flat().includes('*'));
    const actions = new Set(onAll.flatMap(({ Action }) => Action).filter((action) => !/^(logs|xray):/.test(action)));
    expect([...actions].sort()).toEqual([
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
      'elasticmapreduce:ListClusters',
      'elasticmapreduce:RunJobFlow',
    ]);
  });

  test('roles are assumed by services, by the nodes of a cluster for a step, and by who unloads in the name of Snowflake', () => {
    const trusted = app.all('AWS::IAM::Role').flatMap(({ properties }) => {
      const { Statement } = properties.AssumeRolePolicyDocument as unknown as { Statement: { Principal: Properties }[] };
      return Statement.map(({ Principal }) => Principal.Service ?? Principal.AWS);
    });
    const services = ['ec2', 'elasticmapreduce', 'events', 'lambda', 's3', 'scheduler', 'states'].map((name) => `${name}.amazonaws.com`);
    expect([...new Set(trusted)].filter((principal) => !services.includes(String(principal)))).toEqual([
      expect.stringMatching(/^<EmrInstances\w+\.Arn>$/),
      'arn:aws:iam::000000000000:root',
    ]);
  });
});
