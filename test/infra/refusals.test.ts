/** What the app refuses to synthesise, and how it says so. */
import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { namesFor } from '../../config/names.ts';
import { readSettings } from '../../config/settings.ts';
import { avroJarOf } from '../../infra/avro-jar.ts';
import { bundleFunctions } from '../../infra/bundle-functions.ts';
import { grant } from '../../infra/grant.ts';
import { machineRights } from '../../infra/machine-rights.ts';
import { allow, Rights } from '../../infra/rights.ts';
import { sparkConf, sparkSettings } from '../../infra/spark-settings.ts';
import { substitutionsFor } from '../../infra/state-machine-file.ts';

const AWS = { account: '111122223333', region: 'eu-central-1' };
const names = namesFor({ prefix: 'company', ...AWS });
const file = { name: 'trial', path: 'trial.asl.json', tasks: [], substitutions: [] };

describe('refused is', () => {
  test('a right whose wildcard has no reason', () => {
    const role = new Role(new Stack(new App(), 'trial'), 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    expect(() => grant(role, [allow(['sqs:SendMessage'], ['arn:aws:sqs:eu-central-1:111122223333:*'])])).toThrow(
      'expected a right that names its resources, or whose wildcard has its reason in infra/grant.ts; found arn:aws:sqs:eu-central-1:111122223333:*',
    );
  });

  test('a task of a kind whose rights nobody has looked up', () => {
    const machine = { ...file, tasks: [{ Resource: 'arn:aws:states:::batch:submitJob.sync', Arguments: {} }] };
    expect(() => machineRights(machine, {}, new Rights(names, AWS, 'key'), names)).toThrow(
      /^statemachines\/trial\.asl\.json: expected one of .*; found arn:aws:states:::batch:submitJob\.sync\. To mend it: add a row to infra\/machine-rights\.ts$/,
    );
  });

  test('a key in a state machine that has no value', () => {
    expect(() => substitutionsFor({ ...file, substitutions: ['Lake'] }, { LakeBucket: 'lake' })).toThrow(
      /^statemachines\/trial\.asl\.json: expected one of LakeBucket; found \$\{Lake\}\. To mend it: correct the key, or give it a value/,
    );
  });

  test.each([
    [
      'emr-7.14.0',
      /at \/nowhere\/\.etl\/jars\/spark\/spark-avro_2\.12-3\.5\.9\.jar; found none\. To mend it: node local\/setup\/setup\.mjs$/,
    ],
    ['emr-6.15.0', /spark-avro_2\.12-3\.4\.1\.jar; found none\. To mend it: npm run test:emr-6\.15$/],
    ['emr-6.9.0', /for emr-6\.9\.0; found them for emr-7 and emr-6\.15\. To mend it: choose one of these in config\/$/],
  ])('values in Avro on %s without the jar of its Spark', (releaseLabel, said) => {
    expect(() => avroJarOf('/nowhere', releaseLabel)).toThrow(said);
  });

  test('a function without code', async () => {
    await expect(bundleFunctions('/nowhere', '/nowhere')).rejects.toThrow(
      /^expected functions\/<folder>\/handler\.ts for each row of infra\/functions\.ts; found none for plan, extract, .*To mend it: add the handler or remove the row$/,
    );
  });
});

describe('settings of Spark', () => {
  const settings = readSettings('prod', AWS);

  test('of the stage stand above those of the pipeline', () => {
    const emr = { ...settings.emr, spark: { 'spark.sql.autoBroadcastJoinThreshold': '-1' } };
    expect(sparkSettings({ emr, region: AWS.region }, names)['spark.sql.autoBroadcastJoinThreshold']).toBe('-1');
    expect(sparkConf({ a: '1', b: '2' })).toBe('--conf a=1 --conf b=2');
  });

  test.each([
    ['m5.xlarge', '64'],
    ['m5.2xlarge', '128'],
    ['r6g.12xlarge', '768'],
  ])('of four nodes of %s shuffle into %s partitions', (instanceType, partitions) => {
    const emr = { ...settings.emr, instanceType };
    expect(sparkSettings({ emr, region: AWS.region }, names)['spark.sql.shuffle.partitions']).toBe(partitions);
  });

  test('are refused for a size of machine that says no number of cores', () => {
    const emr = { ...settings.emr, instanceType: 'm5.metal' };
    expect(() => sparkSettings({ emr, region: AWS.region }, names)).toThrow(
      /^emr\.instanceType: expected a size of one or more xlarge .*; found m5\.metal\. To mend it: choose one in config\//,
    );
  });

  test.each([
    ['emr-7.14.0', 'delta-spark'],
    ['emr-6.15.0', 'delta-core'],
  ])("load %s's own jars of Delta, %s among them", (releaseLabel, jar) => {
    const jars = ['delta-storage', 'delta-storage-s3-dynamodb'].map((name) => `/usr/share/aws/delta/lib/${name}.jar`);
    const emr = { ...settings.emr, releaseLabel };
    expect(sparkSettings({ emr, region: AWS.region }, names)['spark.jars']).toBe(
      [`/usr/share/aws/delta/lib/${jar}.jar`, ...jars].join(','),
    );
  });

  test('bring Avro and bound what it takes into memory, where a contract has values in Avro, as arguments that the state machine parts', () => {
    const plain = sparkSettings({ emr: settings.emr, region: AWS.region }, names);
    const { 'spark.jars': jars, ...others } = sparkSettings({ emr: settings.emr, region: AWS.region }, names, 's3://artifacts/avro.jar');
    expect(jars).toBe(`${plain['spark.jars']},s3://artifacts/avro.jar`);
    const added = Object.fromEntries(Object.entries(others).filter(([key]) => !(key in plain)));
    // As the state machine's definition is read: JSON, then parted at blanks.
    const args = (JSON.parse(`"${sparkConf(added)}"`) as string).split(' ');
    const limits = ['string.maxLength=67108864', 'bytes.maxLength=67108864', 'collectionItems.maxLength=16777216'];
    const options = limits.map((limit) => `-Dorg.apache.avro.limits.${limit}`).join('\t');
    const variables = ['spark.executorEnv', 'spark.yarn.appMasterEnv'].map((of) => `${of}.JAVA_TOOL_OPTIONS=${options}`);
    expect(args).toEqual(variables.flatMap((variable) => ['--conf', variable]));
  });
});
