/** Two objects that a cluster expects to find and no template can make: the certificate of its nodes, and the folder of Spark's event logs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { EMR_CERTIFICATES, EVENT_LOGS, type Names } from '../../config/names.ts';

/** Half of the certificate's life. */
const RENEWED_AFTER_DAYS = 365;

/** After a deployment, which makes the buckets. `python`: one that has `cryptography`, since Node cannot sign a certificate. */
export async function putClusterObjects({ buckets }: Names, region: string, python: string): Promise<void> {
  const s3 = new S3Client({ region });
  const certificate = { Bucket: buckets.artifacts, Key: EMR_CERTIFICATES };
  if ((await daysSince(s3, certificate)) > RENEWED_AFTER_DAYS) {
    await s3.send(new PutObjectCommand({ ...certificate, Body: await newCertificate(region, python) }));
  }
  const eventLogs = { Bucket: buckets.logs, Key: EVENT_LOGS };
  // Spark refuses to start where the folder of its event log is not there.
  if ((await daysSince(s3, eventLogs)) === Number.POSITIVE_INFINITY)
    await s3.send(new PutObjectCommand({ ...eventLogs, Body: new Uint8Array() }));
}

/** Infinitely many when it is not there. */
async function daysSince(s3: S3Client, object: { Bucket: string; Key: string }): Promise<number> {
  try {
    const { LastModified } = await s3.send(new HeadObjectCommand(object));
    return (Date.now() - (LastModified?.getTime() ?? 0)) / 86_400_000;
  } catch (error) {
    if (error instanceof NotFound) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** The key is on disk for as long as it takes to read it, and for this user alone. */
async function newCertificate(region: string, python: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'etl-certificate-'));
  try {
    const zip = join(folder, 'certificates.zip');
    await promisify(execFile)(python, [join(import.meta.dirname, 'certificate.py'), region, zip]);
    return readFileSync(zip);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
