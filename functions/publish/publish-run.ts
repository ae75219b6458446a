/** Makes a run visible: its tables in the catalog, its duration as a metric, its failures to whoever subscribed. */
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { PublishCommand } from '@aws-sdk/client-sns';
import { glue, sns } from '../aws.ts';
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { metrics } from '../middleware.ts';
import type { Problem } from '../run/run-plan.ts';
import { goldTable, quarantineTable, silverTable } from './catalog-tables.ts';
import { publishTable } from './publish-table.ts';

export interface RunToPublish {
  run: string;
  startedAt: string;
  datasets: string[];
  models: string[];
  failed: Problem[];
}

export async function publishRun(
  env: Environment,
  contracts: CompiledContracts,
  { run, startedAt, datasets, models, failed }: RunToPublish,
): Promise<{ tables: number }> {
  const lake = `s3://${env.LAKE_BUCKET}`;
  const tables = [
    ...datasets.flatMap((name) => {
      const contract = contracts.datasets[name];
      return contract ? [silverTable(lake, contract), quarantineTable(lake, contract)] : [];
    }),
    ...models.flatMap((name) => {
      const contract = contracts.gold[name];
      return contract ? [goldTable(lake, contract)] : [];
    }),
  ];
  for (const table of tables) await publishTable(glue, table);
  metrics.addMetric('PipelineSeconds', MetricUnit.Seconds, (Date.now() - Date.parse(startedAt)) / 1000);
  metrics.addMetric('FailedDatasets', MetricUnit.Count, failed.length);
  if (failed.length > 0) await notify(run, failed);
  return { tables: tables.length };
}

async function notify(run: string, failed: Problem[]): Promise<void> {
  const lines = failed.map(({ dataset, error, cause }) => `${dataset}: ${error}\n  ${cause}`);
  await sns.send(
    new PublishCommand({
      TopicArn: process.env.TOPIC_ARN,
      Subject: `etl-pipeline: ${failed.length} of the datasets failed`,
      Message: [`Run ${run}`, ...lines, 'The others were loaded. What failed goes on from where it stopped at the next run.'].join('\n'),
    }),
  );
}
