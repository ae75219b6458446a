/** A version in the log of a table, as the job writes it. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../functions/aws/s3.ts';
import { env } from './services.ts';

export const silverVersion = (dataset: string, number: number, metadata: object, at?: string) =>
  tableVersion(`silver/${dataset}`, number, metadata, at);

export async function tableVersion(table: string, number: number, metadata: object, at = '2026-05-01T10:00:00Z'): Promise<void> {
  const commitInfo = { timestamp: Date.parse(at), operation: 'WRITE', userMetadata: JSON.stringify(metadata) };
  const Body = `${JSON.stringify({ commitInfo })}\n${JSON.stringify({ protocol: {} })}\n`;
  const Key = `${table}/_delta_log/${String(number).padStart(20, '0')}.json`;
  await s3.send(new PutObjectCommand({ Bucket: env.LAKE_BUCKET, Key, Body }));
}
