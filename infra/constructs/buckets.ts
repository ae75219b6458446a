/** The two kinds of bucket: one for data (SSE-KMS, logged, versioned) and one for logs (SSE-S3, which log delivery requires). */
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

const EVERY_BUCKET = {
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
} satisfies BucketProps;

/** Parts of an upload that was given up cost storage and are seen by nobody. */
const ABANDONED_UPLOADS = { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) };

export interface DataBucketProps extends BucketProps {
  bucketName: string;
  encryptionKey: Key;
  logs: Bucket;
  removalPolicy: RemovalPolicy;
  /** How long an overwritten or deleted object can still be brought back. */
  oldVersions: Duration;
}

export function dataBucket(scope: Construct, id: string, { logs, oldVersions, lifecycleRules = [], ...props }: DataBucketProps): Bucket {
  return new Bucket(scope, id, {
    ...EVERY_BUCKET,
    versioned: true,
    encryption: BucketEncryption.KMS,
    bucketKeyEnabled: true, // One call to KMS for many objects: a tenth of the price or less.
    serverAccessLogsBucket: logs,
    serverAccessLogsPrefix: `access/${props.bucketName}/`,
    lifecycleRules: [ABANDONED_UPLOADS, { id: 'old-versions', noncurrentVersionExpiration: oldVersions }, ...lifecycleRules],
    ...props,
  });
}

export interface LogsBucketProps {
  bucketName: string;
  kept: Duration;
  removalPolicy: RemovalPolicy;
}

export function logsBucket(scope: Construct, id: string, { kept, ...props }: LogsBucketProps): Bucket {
  return new Bucket(scope, id, {
    ...EVERY_BUCKET,
    ...props,
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [ABANDONED_UPLOADS, { id: 'kept', expiration: kept, noncurrentVersionExpiration: Duration.days(1) }],
  });
}
