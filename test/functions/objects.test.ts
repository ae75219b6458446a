import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { s3 } from '../../functions/aws/s3.ts';
import { addressOf, readJson, writeJson, writeJsonOnce } from '../../functions/objects.ts';
import { answersInstead } from './answers-instead.ts';
import { createBucket } from './bucket.ts';

let bucket: string;
beforeAll(async () => {
  bucket = await createBucket();
});
const Shape = z.object({ n: z.number() });
const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));

test('an object that is not there is undefined; one that is there is what was written last', async () => {
  const url = `s3://${bucket}/a/b.json`;
  expect(await readJson(url, Shape)).toBeUndefined();
  await writeJson(url, { n: 1 });
  await writeJson(url, { n: 2 });
  expect(await readJson(url, Shape)).toEqual({ n: 2 });
});

test('of ten writers of an object that is written once one is told that it won, and its content stands', async () => {
  const url = `s3://${bucket}/once.json`;
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => writeJsonOnce(url, { n })));
  expect(answers.filter((won) => won)).toHaveLength(1);
  expect(await readJson(url, Shape)).toEqual({ n: answers.indexOf(true) });
  expect(await writeJsonOnce(url, { n: 99 })).toBe(false);
});

test('a write that meets another under way is repeated until it is known who won', async () => {
  answersInstead(409, 409);
  expect(await writeJsonOnce(`s3://${bucket}/contended.json`, { n: 1 })).toBe(true);
  answersInstead(409);
  expect(await writeJsonOnce(`s3://${bucket}/contended.json`, { n: 2 })).toBe(false);
  answersInstead();
  expect(await readJson(`s3://${bucket}/contended.json`, Shape)).toEqual({ n: 1 });
});

test.each([
  ['of another shape', '{"n":"one"}', /n: /],
  ['cut in the middle', '{"n":', /the whole: /],
])('an object %s is ObjectInvalid, with its address and the place', async (name, content, place) => {
  await put(name, content);
  const failure = await readJson(`s3://${bucket}/${name}`, Shape).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: 'ObjectInvalid',
    found: expect.stringMatching(place),
    expected: expect.stringContaining(`${bucket}/${name}`),
  });
});

test('what is not the address of an object is refused', () => {
  expect(() => addressOf('s3://bucket-alone')).toThrow('s3://bucket-alone');
  expect(addressOf('s3://bucket/a/b=1/c.json')).toEqual({ Bucket: 'bucket', Key: 'a/b=1/c.json' });
});
