/** JSON objects in S3 by address (`s3://bucket/key`): read and checked, written, or written once. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { s3 } from './aws/s3.ts';
import { ObjectInvalid } from './errors.ts';
import { issuesText } from './issues.ts';
import { parsedJson } from './parsed-json.ts';

export interface Address {
  Bucket: string;
  Key: string;
}

export function addressOf(url: string): Address {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (!Bucket || !Key) throw new TypeError(`not the address of an object: ${url}`);
  return { Bucket, Key };
}

/** Undefined when there is no such object. @throws ObjectInvalid when it is not what `schema` says. */
export async function readJson<T>(url: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readText(url);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  throw new ObjectInvalid({
    expected: `an object of the pipeline's own shape at ${url}`,
    found: issuesText(parsed.error, 'the whole'),
    remedy: 'see docs/reference/shapes.md; an object of another version of the pipeline must be finished by that version',
  });
}

/** Undefined when there is no such object. */
export async function readText(url: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(addressOf(url)));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

export async function writeJson(url: string, value: unknown): Promise<void> {
  await s3.send(new PutObjectCommand({ ...addressOf(url), Body: JSON.stringify(value), ContentType: 'application/json' }));
}

/** The first complete object wins: false when there was one already, and nothing has changed then. */
export async function writeJsonOnce(url: string, value: unknown): Promise<boolean> {
  try {
    await s3.send(
      new PutObjectCommand({ ...addressOf(url), Body: JSON.stringify(value), ContentType: 'application/json', IfNoneMatch: '*' }),
    );
    return true;
  } catch (error) {
    if (alreadyWritten(error)) return false;
    if (writeUnderWay(error)) return writeJsonOnce(url, value);
    throw error;
  }
}

/** S3's answer to a conditional write that lost. */
export function alreadyWritten(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412;
}

/** S3's answer while somebody else's write of the same object is not over: which of them wins is not known yet. */
export function writeUnderWay(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 409;
}
