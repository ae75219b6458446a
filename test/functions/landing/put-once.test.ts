import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { storedObject } from '../../../functions/batch/stored-object.ts';
import { putOnce } from '../../../functions/landing/put-once.ts';
import { answersInstead } from '../answers-instead.ts';
import { createBucket } from '../bucket.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let bucket: string;
const file = join(temporaryFolder(), 'file');
beforeAll(async () => {
  bucket = await createBucket();
  writeFileSync(file, 'content');
});
const says = { rows: 2, hash: 'abc' };

test('an object that is not there says nothing of itself', async () => {
  expect(await storedObject(`s3://${bucket}/none`)).toBeUndefined();
});

test('while another write of the object is under way, or S3 is busy for a moment, the file is sent again', async () => {
  answersInstead(409, 503);
  const stored = await putOnce(`s3://${bucket}/busy`, file, says);
  expect(stored).toMatchObject({ key: 'busy', bytes: 7, rows: 2, hash: 'abc' });
});

test('S3 that stays busy, and S3 that refuses, is told as it is', async () => {
  answersInstead(503, 503, 503, 503);
  await expect(putOnce(`s3://${bucket}/down`, file, says)).rejects.toThrow(expect.objectContaining({ name: 'Status503' }));
  answersInstead(403);
  await expect(putOnce(`s3://${bucket}/down`, file, says)).rejects.toThrow(expect.objectContaining({ name: 'Status403' }));
  answersInstead();
  expect(await storedObject(`s3://${bucket}/down`)).toBeUndefined();
});
