/** Who Snowflake's storage integration is in this account: a role that writes files of attempts into landing, and reads nothing. */
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { SOURCES } from '../../config/sources.ts';
import { grant } from '../grant.ts';
import { allow } from '../rights.ts';
import type { StageProps } from '../stage-props.ts';

/** As functions/batch/layout.ts places them. Only those that the pipeline records, with their ETags, belong to a batch. */
export const ATTEMPTS = '*/batch=*/attempt=*';

/** Nothing where the stage does not unload. */
export function snowflakeUnload(scope: Construct, { names, settings }: StageProps, key: IKey): void {
  if (!settings.snowflakeUnload) return;
  const { principal, externalId } = settings.snowflakeUnload;
  const role = new Role(scope, 'SnowflakeUnload', {
    roleName: names.roles.snowflakeUnload,
    description: 'Snowflake: unloads tables into landing',
    assumedBy: new ArnPrincipal(principal),
    externalIds: [externalId],
  });
  const bucket = `arn:aws:s3:::${names.buckets[SOURCES.snowflake.bucket]}`;
  grant(role, [
    allow(['s3:PutObject', 's3:AbortMultipartUpload'], [`${bucket}/${ATTEMPTS}`]),
    allow(['s3:GetBucketLocation', 's3:ListBucket'], [bucket]),
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn]), // Decrypt: an upload in parts cannot be completed without it.
  ]);
}
