/** A bucket of its own for a test file. */
import { randomBytes } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../functions/aws/s3.ts';

export async function createBucket(): Promise<string> {
  const Bucket = `test-${randomBytes(8).toString('hex')}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}
