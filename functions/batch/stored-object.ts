/** What a landed object says of itself: rows and hash stand in its metadata. */
import { HeadObjectCommand, NotFound } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { s3 } from '../aws/s3.ts';
import { addressOf } from '../objects.ts';

export const StoredObject = z.object({
  key: z.string(),
  etag: z.string(),
  bytes: z.number().int(),
  rows: z.number().int(),
  hash: z.string(),
  /** The ticket for what the source has of the chunk beyond this part. */
  rest: z.string().optional(),
});
export type StoredObject = z.infer<typeof StoredObject>;

/** Undefined when it is not there. */
export async function storedObject(url: string): Promise<StoredObject | undefined> {
  const { Bucket, Key } = addressOf(url);
  try {
    const { ETag, ContentLength, Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return {
      key: Key,
      etag: ETag ?? '',
      bytes: ContentLength ?? 0,
      rows: Number(Metadata?.rows),
      hash: String(Metadata?.hash),
      rest: Metadata?.rest,
    };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
