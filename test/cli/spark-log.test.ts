import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { newestLog, sparkLog } from '../../cli/spark-log.ts';
import { stage } from './account-stage.ts';

test('of the logs of steps the one written last is shown', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steps-'));
  for (const [name, seconds] of [
    ['s-1', 100],
    ['s-2', 300],
    ['s-3', 200],
  ] as const) {
    writeFileSync(join(folder, `${name}.log`), `bronze users\nof ${name}\n`);
    utimesSync(join(folder, `${name}.log`), seconds, seconds);
  }
  expect(newestLog(folder)).toEqual(['bronze users', 'of s-2']);
});

test('before the first step it is said that there is none, whether or not there is a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steps-'));
  mkdirSync(join(folder, 'empty'));
  for (const none of ['empty', 'missing']) expect(() => newestLog(join(folder, none))).toThrow(/found none yet\. To mend it: npx etl run/);
});

test('on AWS it is said where they lie', () => {
  expect(() => sparkLog(stage)).toThrow(/s3:\/\/company-logs-\d{12}-[a-z0-9-]+\/emr\/<cluster>\/steps\//);
});
