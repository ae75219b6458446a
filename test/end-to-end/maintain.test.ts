import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { METRICS, METRICS_NAMESPACE } from '../../config/metrics.ts';
import { GOLD, unitOf } from '../../functions/ledger/unit.ts';
import { until } from '../until.ts';
import { commitsOf } from './delta-log.ts';
import { etl } from './etl.ts';
import { loadedLake } from './lake.ts';
import { asAdmin } from './production-database.ts';

const lake = await loadedLake();

test('maintenance packs the files of a dataset: readers find the same rows, Gold nothing to build, and the next run loads as ever', async () => {
  const { stage } = lake;
  await addUser('USER-PACKED', 'Oslo');
  const rows = async () => (await ask(stage, 'SELECT * FROM silver.users ORDER BY user_id')).rows;
  const before = await rows();

  const { code, output } = await etl(['--json', 'maintain', '--dataset', 'users', '--wait']);
  const { status, tables } = JSON.parse(output);
  expect({ code, status }).toEqual({ code: 0, status: 'SUCCEEDED' });
  expect(Object.keys(tables).sort()).toEqual(['bronze.users', 'quarantine.users', 'silver.users']);
  expect(tables['silver.users']).toMatchObject({ status: 'ok', after: { files: 1, smallFiles: 0 } });
  expect(tables['silver.users'].before.files).toBeGreaterThan(1);
  expect((await lake.deltaLog('silver', 'users')).files).toHaveLength(1);
  expect(await rows()).toEqual(before);
  await until('the metric of small files', async () => (await smallFiles('silver.users')) === 0);

  // The ledger has the version that was written, which is the newest, and nothing is held.
  const { silverVersion, lease } = await lake.ledger.head(unitOf('users'));
  const newest = (await commitsOf(stage.names.buckets.lake, 'silver/users')).length - 1;
  expect({ silverVersion, lease }).toEqual({ silverVersion: newest, lease: undefined });
  const gold = await lake.ledger.head(GOLD);
  expect({ users: gold.inputs?.users, lease: gold.lease }).toEqual({ users: newest, lease: undefined });
  expect(await lake.load()).toMatchObject({ models: [] });

  await addUser('USER-AFTERWARDS', 'Narvik');
  const { rows: found } = await ask(stage, "SELECT city FROM gold.dim_users WHERE user_id = 'USER-AFTERWARDS'");
  expect(found).toEqual([['Narvik']]);
}, 300_000);

async function addUser(id: string, city: string): Promise<void> {
  await asAdmin(lake.stage, `INSERT INTO users (user_id, first_name, country, city) VALUES ('${id}', 'Eva', 'NO', '${city}')`);
  await lake.load({ datasets: ['users'] });
}

async function smallFiles(table: string): Promise<number | undefined> {
  const { name, dimensions } = METRICS.smallFiles;
  const { Datapoints = [] } = await new CloudWatchClient({}).send(
    new GetMetricStatisticsCommand({
      Namespace: METRICS_NAMESPACE,
      MetricName: name,
      Dimensions: dimensions.map((Name) => ({ Name, Value: table })),
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 3600,
      Statistics: ['Maximum'],
    }),
  );
  return Datapoints[0]?.Maximum;
}
