/** What the templates promise to people who watch: alarms, the dashboard, logs, and the same in every stage. */
import { describe, expect, test } from '@jest/globals';
import { datasetsOfContracts } from './contract-files.ts';
import { local, prod } from './stages.ts';
import type { Properties, Synthesised } from './synthesised.ts';

const alarm = (name: string) => prod.one('AWS::CloudWatch::Alarm', 'AlarmName', name).properties;

describe('alarms', () => {
  test.each(datasetsOfContracts())(
    '$dataset: stale above the hours of its contract, and when nobody measures',
    ({ dataset, freshnessHours }) => {
      expect(alarm(`etl-stale-${dataset}`)).toMatchObject({
        Namespace: 'EtlPipeline',
        MetricName: 'FreshnessSeconds',
        Dimensions: [{ Name: 'Dataset', Value: dataset }],
        Statistic: 'Maximum',
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: freshnessHours * 3600,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'breaching',
      });
    },
  );

  test.each([
    ['etl-run-failed', 'ExecutionsFailed', 'etl-pipeline'],
    ['etl-run-timed-out', 'ExecutionsTimedOut', 'etl-pipeline'],
    ['etl-rerun-exhausted', 'ExecutionsFailed', 'rerun'],
    ['etl-maintenance-failed', 'ExecutionsFailed', 'maintain-lake'],
  ])('%s: one %s of %s', (name, metric, machine) => {
    expect(alarm(name)).toMatchObject({
      Namespace: 'AWS/States',
      MetricName: metric,
      Dimensions: [{ Name: 'StateMachineArn', Value: `arn:aws:states:eu-central-1:111122223333:stateMachine:${machine}` }],
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test.each(datasetsOfContracts().filter(({ source }) => source === 'kafka'))(
    '$dataset: a transaction that holds its topic for half an hour, and as it was between two plans',
    ({ dataset }) => {
      expect(alarm(`etl-held-back-${dataset}`)).toMatchObject({
        Namespace: 'EtlPipeline',
        MetricName: 'StableOffsetHeldSeconds',
        Dimensions: [{ Name: 'Dataset', Value: dataset }],
        Statistic: 'Maximum',
        Threshold: 1800,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'ignore',
      });
    },
  );

  test('of a table of PostgreSQL that is read by a cursor: a transaction that holds it back for longer than the contract lets it be old', () => {
    expect(alarm('etl-watermark-held-users')).toMatchObject({
      MetricName: 'WatermarkHeldSeconds',
      Dimensions: [{ Name: 'Dataset', Value: 'users' }],
      Statistic: 'Maximum',
      Threshold: 7200,
      TreatMissingData: 'ignore',
    });
    const held = prod.all('AWS::CloudWatch::Alarm').filter(({ properties }) => properties.MetricName === 'WatermarkHeldSeconds');
    expect(held).toHaveLength(3); // product_inventory is read whole.
  });

  test('dead letters alarm at the first', () => {
    expect(alarm('etl-dead-letters')).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'etl-dead-letters' }],
      Threshold: 1,
    });
  });

  test('all of them tell the topic, when they begin and when they end, and in prod the topic tells a person', () => {
    const alarms = prod.all('AWS::CloudWatch::Alarm');
    const topics = datasetsOfContracts().filter(({ source }) => source === 'kafka');
    expect(alarms).toHaveLength(5 + datasetsOfContracts().length + topics.length + 3);
    const [topic] = prod.all('AWS::SNS::Topic');
    for (const { properties } of alarms) {
      expect(properties).toMatchObject({ AlarmActions: [`<${topic?.id}>`], OKActions: [`<${topic?.id}>`] });
    }
    expect(prod.all('AWS::SNS::Subscription').map(({ properties }) => properties.Endpoint)).toEqual(['data-team@company.com']);
  });
});

describe('dashboard and logs', () => {
  test('the dashboard has a row for runs and one for each dataset', () => {
    const [dashboard] = prod.all('AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(String(dashboard?.properties.DashboardBody).replaceAll(/<AWS::Region>/g, 'eu-central-1')) as {
      widgets: { y: number; type: string; properties: { title?: string; markdown?: string; metrics?: unknown[] } }[];
    };
    expect(widgets.filter(({ y }) => y === 0).map(({ properties }) => properties.title)).toEqual([
      'Runs',
      'Seconds a run',
      'Seconds a chunk',
      'For a person',
    ]);
    for (const { dataset } of datasetsOfContracts()) {
      const title = widgets.find(({ properties }) => properties.markdown?.startsWith(`**${dataset}** `));
      const row = widgets.filter(({ y, type }) => type === 'metric' && y === (title?.y ?? Number.NaN) + 1);
      expect(row.map(({ properties }) => properties.title)).toEqual([
        'Age in seconds',
        'Rows by outcome',
        'Quality in percent',
        'Seconds to commit, failures',
      ]);
      expect(JSON.stringify(row)).toContain(`"Dataset","${dataset}"`);
    }
  });

  test('every function and machine has a log that ends', () => {
    const logs = (app: Synthesised) => app.all('AWS::Logs::LogGroup').map(({ properties }) => properties);
    const functions = prod.all('AWS::Lambda::Function').map(({ properties }) => `/aws/lambda/${properties.FunctionName}`);
    const machines = ['etl-pipeline', 'maintain-lake', 'rerun', 'verify-receipts'].map((name) => `/aws/vendedlogs/states/${name}`);
    expect(
      logs(prod)
        .map(({ LogGroupName }) => LogGroupName)
        .sort(),
    ).toEqual([...functions, ...machines].sort());
    expect(new Set(logs(prod).map(({ RetentionInDays }) => RetentionInDays))).toEqual(new Set([365]));
    expect(new Set(logs(local).map(({ RetentionInDays }) => RetentionInDays))).toEqual(new Set([7]));
  });
});

describe('the laptop', () => {
  test('has what prod has: other settings, the same resources', () => {
    const ids = (app: Synthesised) =>
      app.resources
        .filter(({ stack, type }) => stack !== 'etl-network' && type !== 'AWS::SNS::Subscription' && type !== 'AWS::Lambda::LayerVersion')
        .map(({ stack, id }) => `${stack}/${id}`)
        // Where the stage says who unloads, as DESC INTEGRATION says it: prod's is known once there is an integration.
        .filter((id) => !id.startsWith('etl-storage/SnowflakeUnload'))
        .sort();
    expect(ids(local)).toEqual(ids(prod));
    const types = (app: Synthesised) =>
      [...new Set(app.resources.map(({ type }) => type))].filter((type) => type !== 'AWS::SNS::Subscription').sort();
    expect(types(local)).toEqual(types(prod));
  });

  test('every resource that can be tagged says its stage', () => {
    const stageOf = ({ Tags }: Properties) => (Tags as Properties[]).find(({ Key }) => Key === 'stage')?.Value;
    const tables = prod.all('AWS::DynamoDB::Table').map(({ properties }) => stageOf(properties));
    expect(tables).toEqual(['prod', 'prod']);
  });
});
