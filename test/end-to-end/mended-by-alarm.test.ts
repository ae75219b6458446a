import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { storeLaptopSecrets } from '../../cli/store-secrets.ts';
import { ALARMS, functionName } from '../../config/names.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { until } from '../until.ts';
import { mistypePassword } from './broken-secrets.ts';
import { etl } from './etl.ts';
import { describe, ended, executionsSince, statesEntered } from './histories.ts';
import { loadedLake } from './lake.ts';
import { asAdmin } from './production-database.ts';

const lake = await loadedLake();

/** No run may have failed within the alarm's period before this file: an alarm that is raised already is not raised again. */

beforeAll(async () => {
  expect(await etl(['schedule', 'on'])).toMatchObject({ code: 0, output: expect.stringContaining('Schedules on: etl-every-1-hour') });
});
afterAll(async () => {
  await storeLaptopSecrets(lake.stage);
  expect(await etl(['schedule', 'off'])).toMatchObject({ code: 0 });
});

test('a run started through the API of Step Functions with {} takes every dataset, and says that none has anything new', async () => {
  const { names } = lake.stage;
  const { executionArn = '' } = await new SFNClient({}).send(
    new StartExecutionCommand({ stateMachineArn: names.machines.pipeline.arn, input: '{}' }),
  );
  const { output } = await ended(executionArn);
  const { datasets, unchanged, ...rest } = JSON.parse(output ?? '');
  const run = executionArn.slice(executionArn.lastIndexOf(':') + 1);
  expect({ datasets, ...rest }).toEqual({ run, status: 'unchanged', datasets: [], models: [], leftOut: [] });
  expect(unchanged.sort()).toEqual(await everyDataset());
}, 60_000);

test('the schedule starts the pipeline by itself', async () => {
  const since = new Date();
  const schedule = { GroupName: lake.stage.names.scheduleGroup, Name: 'etl-every-1-hour' };
  const client = new SchedulerClient({});
  const { ScheduleExpression, FlexibleTimeWindow, Target } = await client.send(new GetScheduleCommand(schedule));
  expect(ScheduleExpression).toBe('rate(1 hour)');
  await client.send(
    new UpdateScheduleCommand({ ...schedule, ScheduleExpression: 'rate(1 minute)', FlexibleTimeWindow, Target, State: 'ENABLED' }),
  );
  const { arn } = lake.stage.names.machines.pipeline;
  const started = await until('the schedule to start a run', async () => (await executionsSince(arn, since))[0]?.executionArn, 120);
  await client.send(new UpdateScheduleCommand({ ...schedule, ScheduleExpression, FlexibleTimeWindow, Target, State: 'ENABLED' }));
  const { status, input } = await ended(started);
  expect({ status, ...JSON.parse(input ?? '') }).toEqual({ status: 'SUCCEEDED', datasets: (await everyDataset()).filter(isHourly) });
}, 180_000);

test('what was read lately is seen to be fresh; what was not raises its alarm, and that starts a rerun, which reads it again', async () => {
  const stale = ALARMS.stale('customer_orders');
  await measureFreshness();
  await until(`${stale} to be OK`, async () => (await stateOf(stale)) === 'OK');

  const since = new Date();
  const longAgo = new Date(since.getTime() - 7 * 86_400_000).toISOString();
  await setObservedAt('customer_orders', longAgo);
  await measureFreshness();
  await until(`${stale} to be raised`, async () => (await stateOf(stale)) === 'ALARM');
  const mending = await rerunSince(since);
  expect(JSON.parse((await describe(mending)).input ?? '')).toMatchObject({
    alarm: stale,
    state: 'ALARM',
    dimensions: { Dataset: 'customer_orders' },
  });
  expect(await ended(mending)).toMatchObject({ status: 'SUCCEEDED' });
  const { observedAt } = await lake.ledger.head(unitOf('customer_orders'));
  expect(observedAt && new Date(observedAt) > since).toBe(true);
}, 120_000);

test('a failed run raises an alarm, the alarm starts a rerun, and the rerun loads once the credentials are mended', async () => {
  const { stage } = lake;
  const { pipeline } = stage.names.machines;
  const since = new Date();
  await asAdmin(stage, "INSERT INTO users (user_id, first_name, country, city) VALUES ('USER-RERUN', 'Eva', 'NO', 'Bergen')");
  await mistypePassword(stage, 'postgres');
  expect(await lake.run({ datasets: ['users'] })).toMatchObject({ status: 'FAILED', error: 'CredentialRejected' });

  const mending = await rerunSince(since);
  expect(JSON.parse((await describe(mending)).input ?? '')).toMatchObject({ alarm: ALARMS.runFailed, state: 'ALARM' });
  await until('a run of the rerun to fail too', async () => (await failuresSince(pipeline.arn, since)) > 1, 60);
  await storeLaptopSecrets(stage);

  expect(await ended(mending)).toMatchObject({ status: 'SUCCEEDED' });
  expect((await statesEntered(mending)).at(-1)).toBe('Mended');
  const { rows } = await ask(stage, "SELECT city FROM silver.users WHERE user_id = 'USER-RERUN'");
  expect(rows).toEqual([['Bergen']]);
}, 300_000);

test('what reruns do not mend is a person’s after three tries', async () => {
  const { stage } = lake;
  const { pipeline, rerun } = stage.names.machines;
  const since = new Date();
  await mistypePassword(stage, 'postgres');
  expect(await lake.run({ datasets: ['subscriptions'] })).toMatchObject({ status: 'FAILED', error: 'CredentialRejected' });
  const { executionArn = '' } = await new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn: rerun.arn, input: '{}' }));
  const { status, error, cause } = await ended(executionArn);
  expect({ status, error, ...JSON.parse(cause ?? '') }).toEqual({
    status: 'FAILED',
    error: 'RerunExhausted',
    exhausted: ['subscriptions'],
  });
  expect(await failuresSince(pipeline.arn, since)).toBe(1 + stage.settings.rerun.maxPerWindow);
  expect(await statesEntered(executionArn)).toContain('TellAPerson');
  await until(`the alarm ${ALARMS.rerunExhausted}`, async () => (await stateOf(ALARMS.rerunExhausted)) === 'ALARM');

  await storeLaptopSecrets(stage);
  await lake.load({ datasets: ['subscriptions'] });
}, 180_000);

async function measureFreshness(): Promise<void> {
  await new LambdaClient({}).send(new InvokeCommand({ FunctionName: functionName('freshness'), Payload: '{}' }));
}

/** As the ledger would have it of a source that was last read then. */
async function setObservedAt(dataset: string, at: string): Promise<void> {
  const TableName = lake.stage.names.tables.ledger;
  await DynamoDBDocumentClient.from(new DynamoDBClient({})).send(
    new UpdateCommand({
      TableName,
      Key: { pk: unitOf(dataset), sk: 'HEAD' },
      UpdateExpression: 'SET observedAt = :at',
      ExpressionAttributeValues: { ':at': at },
    }),
  );
}

/** The ARN of the rerun that an alarm has started. */
function rerunSince(since: Date): Promise<string> {
  const { arn } = lake.stage.names.machines.rerun;
  return until('an alarm to start a rerun', async () => (await executionsSince(arn, since))[0]?.executionArn, 60);
}

async function everyDataset(): Promise<string[]> {
  const { datasets } = JSON.parse((await etl(['--json', 'status'])).output);
  return datasets.map(({ dataset }: { dataset: string }) => dataset).sort();
}

/** As the contracts have it: the catalog of products alone is loaded once a day. */
function isHourly(dataset: string): boolean {
  return dataset !== 'product_catalog';
}

async function failuresSince(machine: string, since: Date): Promise<number> {
  return (await executionsSince(machine, since)).filter(({ status }) => status === 'FAILED').length;
}

async function stateOf(alarm: string): Promise<string | undefined> {
  const { MetricAlarms = [] } = await new CloudWatchClient({}).send(new DescribeAlarmsCommand({ AlarmNames: [alarm] }));
  return MetricAlarms[0]?.StateValue;
}
