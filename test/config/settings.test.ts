/** Settings are refused with the file, the key and the way out; names follow from them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { namesFor } from '../../config/names.ts';
import { scheduleGroups } from '../../config/schedules.ts';
import { checkSettings, readSettings } from '../../config/settings.ts';

const AWS = { account: '111122223333', region: 'eu-central-1' };
const check = (content: unknown) => () => checkSettings('config/dev.yaml', content, 'dev', AWS);

describe('settings', () => {
  test.each(['local', 'dev', 'prod'])('of the stage %s are valid', (stage) => {
    expect(readSettings(stage, stage === 'local' ? {} : AWS).stage).toBe(stage);
  });

  test("say nothing: what is not said is the source document's", () => {
    const { prefix, emr } = checkSettings('config/dev.yaml', {}, 'dev', AWS);
    expect(prefix).toBe('company');
    expect(emr).toMatchObject({ instanceType: 'm5.2xlarge', instanceCount: 5, applications: ['Spark', 'Hive', 'Hadoop'] });
  });

  test.each([
    [
      'an unknown key, with those that are known',
      { emr: { instances: 5 } },
      /the unknown key emr\.instances \(known: mode, releaseLabel, instanceType/,
    ],
    [
      'a kind of cluster that is not built',
      { emr: { mode: 'serverless' } },
      /emr\.mode: serverless is not built yet; the one that is: transient/,
    ],
    ['a value of the wrong kind', { emr: { instanceCount: 'five' } }, /emr\.instanceCount: .*expected (number|int)/],
    [
      'a Spark setting that would fall apart on the command line',
      { emr: { spark: { 'spark.x': 'a b' } } },
      /emr\.spark\.spark\.x: holds a blank/,
    ],
    ["another stage's file", { stage: 'prod' }, /stage: prod, which is not the file's name/],
    ['no keys at all', null, /no keys at all/],
  ])('refuse %s', (_, content, message) => {
    expect(check(content)).toThrow(message);
    expect(check(content)).toThrow(/^config\/dev\.yaml: expected the settings of a stage .*\. To mend it: edit config\/dev\.yaml$/);
  });

  test('a broken line of YAML is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    writeFileSync(join(folder, 'dev.yaml'), 'emr: {');
    expect(() => readSettings('dev', AWS, folder)).toThrow(/^config\/dev\.yaml: .*found YAMLParseError: .* line 1/);
  });

  test('a file that is not there is named', () => {
    expect(() => readSettings('nowhere', AWS)).toThrow(
      'config/nowhere.yaml: expected the settings of a stage (config/settings.ts); found no such file',
    );
  });

  test('without an account, the way to give one is named', () => {
    expect(() => checkSettings('config/dev.yaml', {}, 'dev', {})).toThrow(/account: .*set it here, or sign in to AWS/);
  });
});

describe('names', () => {
  test('of buckets carry prefix, account and region', () => {
    expect(Object.values(namesFor({ prefix: 'company', ...AWS }).buckets)).toEqual([
      'company-external-data-111122223333-eu-central-1',
      'company-internal-data-111122223333-eu-central-1',
      'company-streaming-data-111122223333-eu-central-1',
      'company-data-lake-111122223333-eu-central-1',
      'company-backups-111122223333-eu-central-1',
      'company-logs-111122223333-eu-central-1',
      'company-artifacts-111122223333-eu-central-1',
      'company-receipts-111122223333-eu-central-1',
    ]);
  });
});

describe('schedules', () => {
  const { emr } = checkSettings('config/dev.yaml', {}, 'dev', AWS);
  const contract = (dataset: string, cadence: string) => ({ dataset, cadence });

  test('datasets of one cadence are loaded together', () => {
    const contracts = [contract('users', 'rate(1 hour)'), contract('products', 'rate(24 hours)'), contract('orders', 'rate(1 hour)')];
    expect(scheduleGroups(contracts, { emr })).toEqual([
      { name: 'etl-every-1-hour', cadence: 'rate(1 hour)', datasets: ['orders', 'users'] },
      { name: 'etl-every-24-hours', cadence: 'rate(24 hours)', datasets: ['products'] },
    ]);
  });

  test('a cadence at which a cluster would never rest is refused, with the contract', () => {
    expect(() => scheduleGroups([contract('users', 'rate(29 minutes)')], { emr })).toThrow(
      'contracts of users: expected a frequency of 30 minutes or more, since a cluster is started for each run and its nodes would never rest; found rate(29 minutes)',
    );
    expect(scheduleGroups([contract('users', 'rate(30 minutes)')], { emr })).toHaveLength(1);
  });
});
