/** Puts a landed file in its place unless one is there: the first complete object wins, and the loser takes what it says. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HeadObjectCommand, NotFound, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../aws.ts';
import { addressOf, alreadyWritten } from '../objects.ts';

export interface StoredObject {
  key: string;
  etag: string;
  bytes: number;
  rows: number;
  hash: string;
}

export async function putOnce(url: string, file: string, { rows, hash }: { rows: number; hash: string }): Promise<StoredObject> {
  try {
    await s3.send(
      new PutObjectCommand({
        ...addressOf(url),
        Body: createReadStream(file),
        ContentLength: (await stat(file)).size,
        IfNoneMatch: '*',
        Metadata: { rows: String(rows), hash },
      }),
    );
  } catch (error) {
    if (!alreadyWritten(error)) throw error;
  }
  const stored = await storedObject(url);
  if (!stored) throw new Error(`${url} was written and is not there`);
  return stored;
}

/** What an object of the landing says of itself; undefined when it is not there. */
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
