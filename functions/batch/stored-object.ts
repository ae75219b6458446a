/** What a landed object says of itself: rows and hash stand in its metadata. */
import { HeadObjectCommand, NotFound } from '@aws-sdk/client-s3';
import { s3 } from '../aws/s3.ts';
import { addressOf } from '../objects.ts';

export interface StoredObject {
  key: string;
  etag: string;
  bytes: number;
  rows: number;
  hash: string;
}

/** Undefined when it is not there. */
export async function storedObject(url: string): Promise<StoredObject | undefined> {
  const { Bucket, Key } = addressOf(url);
  try {
    const { ETag, ContentLength, Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    return { key: Key, etag: ETag ?? '', bytes: ContentLength ?? 0, rows: Number(Metadata?.rows), hash: String(Metadata?.hash) };
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
