/** Makes a run visible: its tables in the catalog, its duration as a metric, its failures to whoever subscribed. */
import { PublishCommand } from '@aws-sdk/client-sns';
import { METRICS } from '../../config/metrics.ts';
import { glue } from '../aws/glue.ts';
import { sns } from '../aws/sns.ts';
import type { CompiledContracts } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { readJson } from '../objects.ts';
import { recordMetric } from '../record-metric.ts';
import { resultsAddress, resultsOf, runFolder } from '../run/addresses.ts';
import { LayerResults } from '../run/layer-results.ts';
import type { Problem } from '../run/run-plan.ts';
import { recordRun } from '../run/run-record.ts';
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
  const silver = await readJson(resultsAddress(resultsOf(runFolder(lake, run)), 'silver'), LayerResults);
  const tables = [
    ...datasets.flatMap((name) => {
      const contract = contracts.datasets[name];
      const result = silver?.datasets[name];
      const added = result?.status === 'ok' ? (result.added ?? {}) : {};
      return contract ? [silverTable(lake, contract, added), quarantineTable(lake, contract)] : [];
    }),
    ...models.flatMap((name) => {
      const contract = contracts.gold[name];
      return contract ? [goldTable(lake, contract)] : [];
    }),
  ];
  for (const table of tables) await publishTable(glue, table);
  recordMetric(METRICS.pipelineSeconds, {}, (Date.now() - Date.parse(startedAt)) / 1000);
  for (const { dataset } of failed) recordMetric(METRICS.errors, { Dataset: dataset }, 1);
  await recordRun(env, contracts, { run, loaded: datasets, failed, endedAt: new Date() });
  if (failed.length > 0) await notify(env.TOPIC_ARN, run, datasets, failed);
  return { tables: tables.length };
}

async function notify(topic: string, run: string, loaded: string[], failed: Problem[]): Promise<void> {
  const lines = failed.map(({ dataset, error, cause }) => `${dataset}: ${error}\n  ${cause}`);
  await sns.send(
    new PublishCommand({
      TopicArn: topic,
      Subject: `etl-pipeline: ${failed.length} of the datasets failed`,
      Message: [
        `Run ${run}`,
        ...lines,
        `Loaded: ${loaded.join(', ') || 'nothing'}. What failed goes on from where it stopped at the next run.`,
      ].join('\n'),
    }),
  );
}
