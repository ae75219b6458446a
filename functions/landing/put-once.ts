/** Puts a landed file in its place unless one is there: the first complete object wins, and the loser takes what it says. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { s3 } from '../aws/s3.ts';
import { type StoredObject, storedObject } from '../batch/stored-object.ts';
import { addressOf, alreadyWritten, writeUnderWay } from '../objects.ts';

export async function putOnce(
  url: string,
  file: string,
  { rows, hash, rest }: Pick<StoredObject, 'rows' | 'hash' | 'rest'>,
  signal: AbortSignal,
): Promise<StoredObject> {
  await put(url, file, { rows: String(rows), hash, ...(rest !== undefined && { rest }) }, signal);
  const stored = await storedObject(url);
  if (!stored) throw new Error(`${url} was written and is not there`);
  return stored;
}

/**
 * A stream can be sent once only, so the client does not try again by itself as it does with other requests. With pauses of 200, 400 and
 * 800 ms it is tried for some seconds; an outage that lasts is the state machine's, which reads the chunk again.
 */
const ATTEMPTS = 4;

async function put(url: string, file: string, Metadata: Record<string, string>, abortSignal: AbortSignal): Promise<void> {
  const ContentLength = (await stat(file)).size;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const Body = createReadStream(file);
      await s3.send(new PutObjectCommand({ ...addressOf(url), Body, ContentLength, IfNoneMatch: '*', Metadata }), { abortSignal });
      return;
    } catch (error) {
      if (alreadyWritten(error)) return;
      if (attempt === ATTEMPTS || !passes(error)) throw error;
      await pause(2 ** attempt * 100, undefined, { signal: abortSignal });
    }
  }
}

function passes(error: unknown): boolean {
  return writeUnderWay(error) || (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 0) >= 500);
}
