/** Every text that a run leaves somewhere: what a person, a log reader or a thief with less than all rights could see. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, GetTemplateCommand, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateDescribeLogGroups, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { ListMapRunsCommand, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import type { Stage } from '../../cli/stage.ts';
import { checkout } from '../../local/environment.ts';
import { describe, historyOf } from './histories.ts';

export interface Written {
  where: string;
  text: string;
}

type Texts = AsyncGenerator<Written> | Generator<Written>;

/** Histories, inputs, outputs and causes of all executions, those of Map Runs too. */
export async function* executions({ names }: Stage): Texts {
  const client = new SFNClient({});
  for (const { arn } of Object.values(names.machines)) yield* executionsOf(client, { stateMachineArn: arn });
}

async function* executionsOf(client: SFNClient, of: { stateMachineArn: string } | { mapRunArn: string }): AsyncGenerator<Written> {
  for await (const { executions = [] } of paginateListExecutions({ client }, of)) {
    for (const { executionArn = '' } of executions) {
      yield { where: executionArn, text: JSON.stringify([await describe(executionArn), await historyOf(executionArn)]) };
      const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
      for (const { mapRunArn = '' } of mapRuns) yield* executionsOf(client, { mapRunArn });
    }
  }
}

export async function* functionLogs(): Texts {
  const client = new CloudWatchLogsClient({});
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName = '' } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
        for (const { message = '' } of events) yield { where: logGroupName, text: message };
      }
    }
  }
}

/** Of all buckets, versions apart; Parquet holds the rows of the sources, and code is in the assets below, not compressed. */
export async function* objects({ names }: Stage): Texts {
  const client = new S3Client({ forcePathStyle: true });
  for (const Bucket of Object.values(names.buckets)) {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      for (const { Key = '' } of Contents.filter(({ Key }) => !/\.(parquet|zip)$/.test(Key ?? ''))) {
        const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }));
        yield { where: `s3://${Bucket}/${Key}`, text: `${JSON.stringify(Metadata)}${await Body?.transformToString('latin1')}` };
      }
    }
  }
}

export async function* ledgerItems({ names }: Stage): Texts {
  for await (const { Items = [] } of paginateScan({ client: new DynamoDBClient({}) }, { TableName: names.tables.ledger })) {
    for (const item of Items) yield { where: `${item.pk?.S} ${item.sk?.S}`, text: JSON.stringify(item) };
  }
}

export async function* functionSettings(): Texts {
  for await (const { Functions = [] } of paginateListFunctions({ client: new LambdaClient({}) }, {})) {
    for (const settings of Functions) yield { where: settings.FunctionName ?? '', text: JSON.stringify(settings) };
  }
}

export async function* deployedTemplates(): Texts {
  const client = new CloudFormationClient({});
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
    for (const { StackName = '' } of StackSummaries) {
      yield { where: StackName, text: (await client.send(new GetTemplateCommand({ StackName }))).TemplateBody ?? '' };
    }
  }
}

/** What was synthesised: templates and assets, functions and Spark's code among them. */
export function assets(): Texts {
  return files(join(checkout, '.etl', 'cdk.out', 'test'));
}

export function serverLogs(): Texts {
  return files(join(checkout, '.etl', 'test', 'logs'));
}

function* files(folder: string): Generator<Written> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) yield { where: path, text: readFileSync(path, 'latin1') };
  }
}
