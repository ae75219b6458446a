/** What the templates promise about what runs and what sets it off: machines, Spark's steps, clusters, schedules and rules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { datasetsOfContracts } from './contract-files.ts';
import { dev, local, prod, prodOnEmr6 } from './stages.ts';
import { type Json, type Properties, root, type Synthesised } from './synthesised.ts';

const filledIn = (app: Synthesised, machine: string) =>
  app.one('AWS::StepFunctions::StateMachine', 'StateMachineName', machine).properties.DefinitionSubstitutions as Record<string, string>;

describe('state machines', () => {
  test.each(['etl-pipeline', 'maintain-lake', 'rerun', 'verify-receipts'])(
    '%s is logged with every event, traced, and filled in wherever its file asks',
    (name) => {
      const { properties } = prod.one('AWS::StepFunctions::StateMachine', 'StateMachineName', name);
      expect(properties).toMatchObject({
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
        TracingConfiguration: { Enabled: true },
      });
      const text = readFileSync(join(root, 'statemachines', `${name}.asl.json`), 'utf8');
      const asked = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, key]) => key));
      expect(Object.keys(filledIn(prod, name)).sort()).toEqual([...asked].sort());
    },
  );

  test('every Spark step takes the settings of infra, S3DynamoDBLogStore on our table among them', () => {
    const steps = ['etl-pipeline', 'maintain-lake', 'verify-receipts'].flatMap((name) =>
      stepsIn(JSON.parse(readFileSync(join(root, 'statemachines', `${name}.asl.json`), 'utf8'))),
    );
    expect(steps).toHaveLength(5);
    for (const step of steps) expect(step).toMatch(/\$split\('\$\{SparkConf\}', ' '\)/);
    const conf = filledIn(prod, 'etl-pipeline').SparkConf?.split(' ') ?? [];
    expect(conf.filter((_, index) => index % 2 === 0)).toEqual(Array(conf.length / 2).fill('--conf'));
    expect(conf).toEqual(
      expect.arrayContaining([
        'spark.delta.logStore.s3.impl=io.delta.storage.S3DynamoDBLogStore',
        'spark.io.delta.storage.S3DynamoDBLogStore.ddb.tableName=etl-delta-log',
        'spark.io.delta.storage.S3DynamoDBLogStore.ddb.region=eu-central-1',
        'spark.yarn.appMasterEnv.AWS_REGION=eu-central-1',
        'spark.sql.session.timeZone=UTC',
      ]),
    );
  });

  test('the cluster and the settings of a maintenance, and of a verification, are those of a run', () => {
    const of = (machine: string) => JSON.parse(readFileSync(join(root, 'statemachines', `${machine}.asl.json`), 'utf8')).States;
    const [{ States }] = of('etl-pipeline').ExtractWhileTheClusterStarts.Branches;
    for (const machine of ['maintain-lake', 'verify-receipts'])
      expect(of(machine).StartCluster.Arguments).toEqual(States.StartCluster.Arguments);
    const { MaintainScript, RecordMaintenanceFunction, PlanMaintenanceFunction, ...shared } = filledIn(prod, 'maintain-lake');
    expect(filledIn(prod, 'etl-pipeline')).toMatchObject(shared);
  });

  test('the code of a step lies in the bucket of artifacts under the hash of its content', () => {
    const { SparkZip, BronzeScript, SilverScript, GoldScript } = filledIn(prod, 'etl-pipeline');
    expect(SparkZip).toMatch(/^s3:\/\/company-artifacts-111122223333-eu-central-1\/[0-9a-f]{64}\.zip$/);
    for (const script of [BronzeScript, SilverScript, GoldScript]) {
      expect(script).toMatch(/^s3:\/\/company-artifacts-111122223333-eu-central-1\/[0-9a-f]{64}\.py$/);
    }
  });
});

function stepsIn(node: Json): string[] {
  if (typeof node !== 'object' || node === null) return [];
  if (!Array.isArray(node) && node.HadoopJarStep) return [String((node.HadoopJarStep as Properties).Args)];
  return Object.values(node).flatMap(stepsIn);
}

describe('clusters', () => {
  test('have the size, release and applications of the settings', () => {
    expect(filledIn(prod, 'etl-pipeline')).toMatchObject({
      InstanceType: 'm5.2xlarge',
      InstanceCount: '5',
      SpotTaskNodes: '0',
      ReleaseLabel: 'emr-7.14.0',
      Applications: 'Spark,Hive,Hadoop',
    });
    expect(filledIn(dev, 'etl-pipeline')).toMatchObject({ InstanceCount: '3', SpotTaskNodes: '2' });
  });

  test('do at once what their size allows: Spark is told of the cores of core nodes and Spot nodes', () => {
    // Prod has four core nodes of eight cores; dev two, and two of Spot.
    for (const app of [prod, dev]) {
      const conf = filledIn(app, 'etl-pipeline').SparkConf?.split(' ');
      expect(conf).toEqual(expect.arrayContaining(['spark.sql.shuffle.partitions=128', 'spark.databricks.delta.snapshotPartitions=32']));
    }
  });

  test('of the release that the source document names load its Delta, which has another name there', () => {
    const { ReleaseLabel, SparkConf } = filledIn(prodOnEmr6, 'etl-pipeline');
    expect(ReleaseLabel).toBe('emr-6.15.0');
    expect(SparkConf).toContain('spark.jars=/usr/share/aws/delta/lib/delta-core.jar,');
    expect(filledIn(prod, 'etl-pipeline').SparkConf).toContain('spark.jars=/usr/share/aws/delta/lib/delta-spark.jar,');
  });

  test('encrypt at rest, on their disks and between nodes, and run each step as its own role', () => {
    const [configuration] = prod.all('AWS::EMR::SecurityConfiguration').map(({ properties }) => properties.SecurityConfiguration);
    expect(configuration).toMatchObject({
      EncryptionConfiguration: {
        EnableAtRestEncryption: true,
        EnableInTransitEncryption: true,
        AtRestEncryptionConfiguration: {
          S3EncryptionConfiguration: { EncryptionMode: 'SSE-KMS', AwsKmsKey: '<key>' },
          LocalDiskEncryptionConfiguration: { EnableEbsEncryption: true, AwsKmsKey: '<key>' },
        },
      },
      AuthorizationConfiguration: { IAMConfiguration: { EnableApplicationScopedIAMRole: true } },
      InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2 },
    });
  });
});

describe('what starts by itself', () => {
  const schedules = (app: Synthesised) => app.all('AWS::Scheduler::Schedule').map(({ properties }) => properties);

  test('every dataset is loaded by exactly one schedule, at the cadence of its contract', () => {
    const loads = schedules(prod).filter(({ Name }) => String(Name).startsWith('etl-every-'));
    const loaded = loads.flatMap(({ Target, ScheduleExpression }) => {
      const { datasets } = JSON.parse(String((Target as Properties).Input)) as { datasets: string[] };
      return datasets.map((dataset) => [dataset, ScheduleExpression]);
    });
    const wanted = datasetsOfContracts().map(({ dataset, cadenceMinutes }) => [dataset, rate(cadenceMinutes)]);
    expect(loaded.sort()).toEqual(wanted.sort());
    for (const { Target } of loads)
      expect((Target as Properties).Arn).toBe('arn:aws:states:eu-central-1:111122223333:stateMachine:etl-pipeline');
  });

  test('freshness is measured on a schedule of its own, so that a dead pipeline is noticed', () => {
    const measure = prod.one('AWS::Scheduler::Schedule', 'Name', 'etl-freshness').properties;
    expect(measure.ScheduleExpression).toBe('rate(5 minutes)');
    expect((measure.Target as Properties).Arn).toBe('arn:aws:lambda:eu-central-1:111122223333:function:etl-freshness');
  });

  test('the lake is maintained every night, in hours of which the settings decide', () => {
    const maintain = prod.one('AWS::Scheduler::Schedule', 'Name', 'etl-maintain-lake').properties;
    expect(maintain.ScheduleExpression).toBe('cron(0 2 * * ? *)');
    expect(maintain.Target).toMatchObject({ Arn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:maintain-lake', Input: '{}' });
  });

  test('all of it is enabled on AWS and disabled on the laptop, but cleaning up is enabled everywhere', () => {
    const states = (app: Synthesised) => ({
      schedules: [...new Set(schedules(app).map(({ State }) => State))],
      rerun: app.one('AWS::Events::Rule', 'Name', 'etl-rerun-by-alarm').properties.State,
      cleanUp: app.one('AWS::Events::Rule', 'Name', 'etl-run-ended').properties.State,
    });
    expect(states(prod)).toEqual({ schedules: ['ENABLED'], rerun: 'ENABLED', cleanUp: 'ENABLED' });
    expect(states(local)).toEqual({ schedules: ['DISABLED'], rerun: 'DISABLED', cleanUp: 'ENABLED' });
  });

  test('a run, a maintenance or a verification that failed, timed out or was stopped is cleaned up after', () => {
    const rule = prod.one('AWS::Events::Rule', 'Name', 'etl-run-ended').properties;
    expect(rule.EventPattern).toEqual({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: ['etl-pipeline', 'maintain-lake', 'verify-receipts'].map(
          (name) => `arn:aws:states:eu-central-1:111122223333:stateMachine:${name}`,
        ),
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    });
    expect(rule.Targets).toMatchObject([{ Arn: 'arn:aws:lambda:eu-central-1:111122223333:function:etl-clean-up' }]);
  });

  test('an alarm of a run or a dataset starts rerun, with its name, state and dimensions; the alarm of rerun itself does not', () => {
    const rule = prod.one('AWS::Events::Rule', 'Name', 'etl-rerun-by-alarm').properties;
    const { alarmName, state } = (rule.EventPattern as { detail: { alarmName: { prefix: string }[]; state: Json } }).detail;
    const starts = (name: string) => alarmName.some(({ prefix }) => name.startsWith(prefix));
    const names = [
      'etl-run-failed',
      'etl-run-timed-out',
      'etl-stale-users',
      'etl-rerun-exhausted',
      'etl-maintenance-failed',
      'etl-dead-letters',
    ];
    expect(names.filter(starts)).toEqual(['etl-run-failed', 'etl-run-timed-out', 'etl-stale-users']);
    expect(state).toEqual({ value: ['ALARM'] });
    const [target] = rule.Targets as { Arn: string; InputTransformer: { InputTemplate: string } }[];
    expect(target?.Arn).toBe('arn:aws:states:eu-central-1:111122223333:stateMachine:rerun');
    expect(target?.InputTransformer.InputTemplate).toMatch(/^\{"alarm":<[\w-]+>,"state":<[\w-]+>,"dimensions":<[\w-]+>\}$/);
  });

  test('what cannot be delivered or handled is kept as a dead letter', () => {
    const queue = 'arn:aws:sqs:eu-central-1:111122223333:etl-dead-letters';
    const targets = prod.all('AWS::Events::Rule').flatMap(({ properties }) => properties.Targets as Properties[]);
    targets.push(...schedules(prod).map(({ Target }) => Target as Properties));
    expect(targets.length).toBeGreaterThanOrEqual(4);
    for (const { DeadLetterConfig } of targets) expect(DeadLetterConfig).toEqual({ Arn: queue });
    const functions = prod.all('AWS::Lambda::Function').filter(({ properties }) => properties.DeadLetterConfig);
    expect(functions.map(({ properties }) => [properties.FunctionName, properties.DeadLetterConfig])).toEqual([
      ['etl-clean-up', { TargetArn: queue }],
      ['etl-freshness', { TargetArn: queue }],
    ]);
  });
});

/** As EventBridge writes it: the singular for one. */
function rate(minutes: number): string {
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
}
