import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { s3 } from '../../../functions/aws/s3.ts';
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
const never = new AbortController().signal;

test('an object that is not there says nothing of itself', async () => {
  expect(await storedObject(`s3://${bucket}/none`)).toBeUndefined();
});

test('while another write of the object is under way, or S3 is busy for a moment, the file is sent again', async () => {
  answersInstead(409, 503);
  const stored = await putOnce(`s3://${bucket}/busy`, file, says, never);
  expect(stored).toMatchObject({ key: 'busy', bytes: 7, rows: 2, hash: 'abc' });
});

test('S3 that stays busy, and S3 that refuses, is told as it is', async () => {
  answersInstead(503, 503, 503, 503);
  await expect(putOnce(`s3://${bucket}/down`, file, says, never)).rejects.toThrow(expect.objectContaining({ name: 'Status503' }));
  answersInstead(403);
  await expect(putOnce(`s3://${bucket}/down`, file, says, never)).rejects.toThrow(expect.objectContaining({ name: 'Status403' }));
  answersInstead();
  expect(await storedObject(`s3://${bucket}/down`)).toBeUndefined();
});

test('S3 that takes a file and never answers is given up when the function is told to stop', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const name = 'elsewhere';
  s3.middlewareStack.add((next) => (sent) => next({ ...sent, request: Object.assign(sent.request as object, { port }) }), {
    step: 'build',
    name,
  });
  const stop = new AbortController();
  const put = putOnce(`s3://${bucket}/slow`, file, says, stop.signal);
  const [socket] = (await once(silent, 'connection')) as [Socket];
  await once(socket, 'data');
  stop.abort();
  await expect(put).rejects.toMatchObject({ name: 'AbortError' });
  s3.middlewareStack.remove(name);
  socket.destroy();
  silent.close();
  expect(await storedObject(`s3://${bucket}/slow`)).toBeUndefined();
});
