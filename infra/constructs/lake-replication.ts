/** How the lake comes into backups: S3 replicates each object, and each deletion, by a role that can do nothing else. */
import { Aws } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket, BucketProps } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { BACKED_UP } from '../../config/backups.ts';
import type { Names } from '../../config/names.ts';
import { grant } from '../grant.ts';
import { allow } from '../rights.ts';

export interface LakeReplicationProps {
  backups: Bucket;
  names: Names;
  region: string;
  key: Key;
}

/** For the lake's bucket. Deletions go along, so that a vacuumed or erased row leaves backups too, when their old versions expire. */
export function replicationTo(
  scope: Construct,
  { backups, names, region, key }: LakeReplicationProps,
): Pick<BucketProps, 'replicationRole' | 'replicationRules'> {
  const role = new Role(scope, 'LakeReplication', {
    roleName: names.roles.lakeReplication,
    description: 'S3: replicates the lake to backups',
    assumedBy: new ServicePrincipal('s3.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
  });
  grant(role, rightsOf(names, region, key));
  return {
    replicationRole: role,
    replicationRules: BACKED_UP.map((prefix, priority) => ({
      id: prefix.replace('/', ''),
      priority,
      filter: { prefix },
      destination: backups,
      deleteMarkerReplication: true,
      sseKmsEncryptedObjects: true,
      kmsKey: key,
    })),
  };
}

/** By the names of the buckets, since the lake cannot be made before its role has its rights. */
function rightsOf({ buckets }: Names, region: string, key: Key): PolicyStatement[] {
  const [lake, backups] = [buckets.lake, buckets.backups].map((name) => `arn:aws:s3:::${name}`) as [string, string];
  const under = (bucket: string) => BACKED_UP.map((prefix) => `${bucket}/${prefix}*`);
  return [
    allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], [lake]),
    allow(['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'], under(lake)),
    allow(['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], under(backups)),
    throughS3(allow(['kms:Decrypt'], [key.keyArn]), region, lake),
    throughS3(allow(['kms:Encrypt'], [key.keyArn]), region, backups),
  ];
}

/** The context is the bucket where it has a bucket key, as ours do, and the object where it was written without one. */
function throughS3(statement: PolicyStatement, region: string, bucket: string): PolicyStatement {
  statement.addCondition('StringEquals', { 'kms:ViaService': `s3.${region}.amazonaws.com` });
  statement.addCondition('ArnLike', { 'kms:EncryptionContext:aws:s3:arn': [bucket, `${bucket}/*`] });
  return statement;
}
