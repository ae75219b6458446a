/** What the templates promise about what holds data: buckets, tables, secrets, keys and queues. */
import { describe, expect, test } from '@jest/globals';
import { dev, local, prod } from './stages.ts';
import type { Json, Properties, Resource, Synthesised } from './synthesised.ts';

const SUFFIX = '111122223333-eu-central-1';
const bucket = (name: string) => prod.one('AWS::S3::Bucket', 'BucketName', `company-${name}-${SUFFIX}`);

interface Denial {
  Effect: string;
  Action: string;
  Principal: Json;
  Condition: Properties;
}

function denialsOf({ id }: Resource): Denial[] {
  const policy = prod.one('AWS::S3::BucketPolicy', 'Bucket', `<${id}>`);
  const { Statement } = policy.properties.PolicyDocument as unknown as { Statement: Denial[] };
  return Statement.filter(({ Effect }) => Effect === 'Deny');
}

describe('buckets', () => {
  test('there are eight, of which the CDK makes the one for artifacts', () => {
    const made = prod.all('AWS::S3::Bucket').map(({ properties }) => properties.BucketName);
    const names = ['backups', 'data-lake', 'external-data', 'internal-data', 'logs', 'receipts', 'streaming-data'];
    expect(made.sort()).toEqual(names.map((name) => `company-${name}-${SUFFIX}`));
    const functions = prod.all('AWS::Lambda::Function').map(({ properties }) => properties.Code as Properties);
    expect(new Set(functions.map(({ S3Bucket }) => S3Bucket))).toEqual(new Set([`company-artifacts-${SUFFIX}`]));
  });

  test('each is versioned, closed to the public and refuses what does not come over TLS', () => {
    for (const each of prod.all('AWS::S3::Bucket')) {
      expect(each.properties).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(denialsOf(each)).toContainEqual(
        expect.objectContaining({ Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  test("each is encrypted with the pipeline's key and a bucket key, but logs with S3's own, which log delivery requires", () => {
    const kinds = prod.all('AWS::S3::Bucket').map(({ properties }) => {
      const { ServerSideEncryptionConfiguration: rules } = properties.BucketEncryption as {
        ServerSideEncryptionConfiguration: Properties[];
      };
      return [properties.BucketName, rules?.[0]];
    });
    const byKms = {
      BucketKeyEnabled: true,
      ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: expect.stringMatching(/^<Key\w+\.Arn>$/) },
    };
    for (const [name, rule] of kinds) {
      if (name === `company-logs-${SUFFIX}`) expect(rule).toEqual({ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } });
      else expect(rule).toEqual(byKms);
    }
  });

  test.each(['external-data', 'internal-data', 'streaming-data'])('%s refuses an object that may overwrite another', (name) => {
    expect(denialsOf(bucket(name))).toContainEqual(
      expect.objectContaining({
        Action: 's3:PutObject',
        Principal: '*',
        Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
      }),
    );
  });

  test.each(['external-data', 'internal-data', 'streaming-data', 'data-lake'])('%s keeps old versions for a week', (name) => {
    const { Rules } = bucket(name).properties.LifecycleConfiguration as { Rules: Properties[] };
    expect(Rules).toContainEqual(expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 7 }, Status: 'Enabled' }));
  });

  test('only receipts are locked: seven years against everybody in prod, one year against most elsewhere', () => {
    const locked = (app: Synthesised) =>
      app.all('AWS::S3::Bucket').flatMap(({ properties }) => (properties.ObjectLockEnabled ? [properties.ObjectLockConfiguration] : []));
    expect(locked(prod)).toEqual([{ ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 2555 } } }]);
    expect(locked(local)).toEqual([{ ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 365 } } }]);
  });
});

test('what the lake needs to be restored is replicated to backups, encrypted, and deleted there too', () => {
  const { ReplicationConfiguration } = bucket('data-lake').properties;
  const { Role, Rules } = ReplicationConfiguration as { Role: string; Rules: Properties[] };
  expect(Role).toBe(`<${prod.one('AWS::IAM::Role', 'RoleName', 'etl-lake-replication').id}.Arn>`);
  const prefixes = Rules.map(({ Filter }) => (Filter as Properties).Prefix);
  expect([...prefixes].sort()).toEqual(['bronze/', 'quarantine/', 'run-log/', 'silver/']);
  expect(new Set(Rules.map(({ Priority }) => Priority)).size).toBe(Rules.length);
  for (const rule of Rules) {
    expect(rule).toMatchObject({
      Status: 'Enabled',
      DeleteMarkerReplication: { Status: 'Enabled' },
      SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
      Destination: {
        Bucket: `<${bucket('backups').id}.Arn>`,
        EncryptionConfiguration: { ReplicaKmsKeyID: expect.stringMatching(/^<Key\w+\.Arn>$/) },
      },
    });
  }
});

test('backups keep what was deleted or overwritten for 35 days', () => {
  const { Rules } = bucket('backups').properties.LifecycleConfiguration as { Rules: Properties[] };
  expect(Rules).toContainEqual(expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 35 }, Status: 'Enabled' }));
});

describe('tables, secrets and queues', () => {
  test('the ledger and the log of Delta have the keys that their writers use, and survive a mistake in prod', () => {
    const keyOf = (name: string) =>
      (prod.one('AWS::DynamoDB::Table', 'TableName', name).properties.KeySchema as Properties[]).map((key) => key.AttributeName);
    expect(keyOf('etl-ledger')).toEqual(['pk', 'sk']);
    expect(keyOf('etl-delta-log')).toEqual(['tablePath', 'fileName']);
    for (const { properties, deletionPolicy } of prod.all('AWS::DynamoDB::Table')) {
      expect(deletionPolicy).toBe('Retain');
      expect(properties).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      });
    }
  });

  test('a secret a source, encrypted with the key, and no value of it in any template', () => {
    const secrets = prod.all('AWS::SecretsManager::Secret').filter(({ properties }) => properties.Name !== 'etl/pseudonyms');
    expect(secrets.map(({ properties }) => properties.Name).sort()).toEqual(['etl/kafka', 'etl/postgres', 'etl/snowflake']);
    for (const { properties } of secrets) {
      expect(Object.keys(properties).sort()).toEqual(['Description', 'KmsKeyId', 'Name', 'Tags']);
      expect(properties.KmsKeyId).toBe('<key>');
    }
  });

  test('the key of pseudonyms is drawn at deployment, encrypted with the key, and never drawn again', () => {
    const { properties } = prod.one('AWS::SecretsManager::Secret', 'Name', 'etl/pseudonyms');
    expect(Object.keys(properties).sort()).toEqual(['Description', 'GenerateSecretString', 'KmsKeyId', 'Name', 'Tags']);
    expect(properties.KmsKeyId).toMatch(/^<Key\w+\.Arn>$/);
    const { ExcludeCharacters, ...drawn } = properties.GenerateSecretString as Properties;
    expect(drawn).toEqual({ GenerateStringKey: 'key', PasswordLength: 64, RequireEachIncludedType: false, SecretStringTemplate: '{}' });
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
    expect([...printable.trim()].filter((each) => !String(ExcludeCharacters).includes(each)).join('')).toBe('0123456789abcdef');
    for (const app of [prod, dev, local]) expect(app.all('AWS::SecretsManager::RotationSchedule')).toEqual([]);
  });

  test('the key rotates; alerts and dead letters are encrypted with it', () => {
    expect(prod.all('AWS::KMS::Key').map(({ properties }) => properties.EnableKeyRotation)).toEqual([true]);
    expect(prod.one('AWS::SNS::Topic', 'TopicName', 'etl-alerts').properties.KmsMasterKeyId).toBe('<key>');
    expect(prod.one('AWS::SQS::Queue', 'QueueName', 'etl-dead-letters').properties.KmsMasterKeyId).toMatch(/^<Key\w+\.Arn>$/);
  });

  test('results of Athena lie in the lake, encrypted with the key, whoever asks', () => {
    expect(prod.one('AWS::Athena::WorkGroup', 'Name', 'etl').properties.WorkGroupConfiguration).toMatchObject({
      EnforceWorkGroupConfiguration: true,
      ResultConfiguration: {
        OutputLocation: `s3://company-data-lake-${SUFFIX}/athena-results/`,
        EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: '<key>' },
      },
    });
  });

  test('data survives the deletion of its stack in prod, and in dev only what a bucket still holds', () => {
    const types = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::KMS::Key'];
    const policies = (app: Synthesised) => [...new Set(types.flatMap((type) => app.all(type)).map(({ deletionPolicy }) => deletionPolicy))];
    expect(policies(prod)).toEqual(['Retain']);
    expect(policies(dev)).toEqual(['Delete']);
  });

  test('a database a layer', () => {
    const names = prod.all('AWS::Glue::Database').map(({ properties }) => (properties.DatabaseInput as Properties).Name);
    expect(names.sort()).toEqual(['bronze', 'gold', 'quarantine', 'silver']);
  });
});
