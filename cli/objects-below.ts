/** What lies under a prefix of a bucket. */
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { s3 } from '../functions/aws/s3.ts';

/** Bytes of each object, by key. */
export async function sizesBelow(Bucket: string, Prefix: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key = '', Size = 0 } of Contents) sizes.set(Key, Size);
  return sizes;
}

/** In the order of the keys. */
export async function keysBelow(bucket: string, prefix: string): Promise<string[]> {
  return [...(await sizesBelow(bucket, prefix)).keys()].sort();
}
