/** What holds data: one key, the buckets, the ledger, Delta's log table, the key of pseudonyms, the Glue databases and the queue of dead letters. Nothing here runs. */
import { Aws, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { Effect, PolicyStatement, ServicePrincipal, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type Bucket, ObjectLockMode, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { BACKUPS_KEEP_DAYS } from '../../config/backups.ts';
import { LANDING_BUCKETS, SOURCES } from '../../config/sources.ts';
import { accept } from '../constructs/accept.ts';
import { type DataBucketProps, dataBucket, logsBucket } from '../constructs/buckets.ts';
import { replicationTo } from '../constructs/lake-replication.ts';
import { ATTEMPTS, snowflakeUnload } from '../constructs/snowflake-unload.ts';
import { afterDeletion, type StageProps } from '../stage-props.ts';

/** Landing and lake: a vacuumed or erased row must be gone soon, so old versions are kept for a week only. */
const ONE_WEEK = Duration.days(7);

const HEX = '0123456789abcdef';
/** Every character that Secrets Manager draws from, but the digits of hex. */
const NOT_HEX = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index))
  .filter((character) => !HEX.includes(character))
  .join('');

export class StorageStack extends Stack {
  readonly key: Key;
  private readonly props: StageProps;
  private readonly logs: Bucket;
  private readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id, props);
    this.props = props;
    const { names, settings } = props;
    this.removalPolicy = afterDeletion(settings);
    this.key = this.encryptionKey();
    this.logs = logsBucket(this, 'Logs', {
      bucketName: names.buckets.logs,
      kept: Duration.days(settings.logs.retentionDays),
      removalPolicy: this.removalPolicy,
    });
    this.admitFlowLogs();
    accept(this.logs, { 'AwsSolutions-S1': 'Access logs of the bucket of access logs would log themselves without end.' });

    for (const landing of LANDING_BUCKETS) {
      const unloads = settings.snowflakeUnload !== undefined && landing === SOURCES.snowflake.bucket;
      writtenOnce(this.bucket(landing), unloads ? [ATTEMPTS] : []);
    }
    snowflakeUnload(this, props, this.key);
    const backups = this.bucket('backups', { oldVersions: Duration.days(BACKUPS_KEEP_DAYS) });
    this.bucket('lake', {
      lifecycleRules: [{ id: 'query-results', prefix: 'athena-results/', expiration: ONE_WEEK }],
      ...replicationTo(this, { backups, names, region: settings.region, key: this.key }),
    });
    this.receipts();
    this.tables();
    this.pseudonyms();
    this.deadLetters();
    for (const name of names.glueDatabases) this.glueDatabase(name);
  }

  private encryptionKey(): Key {
    const key = new Key(this, 'Key', {
      alias: this.props.names.keyAlias,
      description: 'Data, ledger, secrets and alerts of the ETL pipeline',
      enableKeyRotation: true,
      removalPolicy: this.removalPolicy,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsAndEventsPublishToTheEncryptedTopic',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'], // In a key's policy this is the key itself.
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    return key;
  }

  private bucket(what: keyof StageProps['names']['buckets'], props: Partial<DataBucketProps> = {}): Bucket {
    const id = what.charAt(0).toUpperCase() + what.slice(1);
    const { names } = this.props;
    return dataBucket(this, id, {
      bucketName: names.buckets[what],
      encryptionKey: this.key,
      logs: this.logs,
      oldVersions: ONE_WEEK,
      removalPolicy: this.removalPolicy,
      ...props,
    });
  }

  /** Hashes and keys of objects only. No other bucket is locked: a lock would block vacuum and erasure. */
  private receipts(): void {
    const { lock, years } = this.props.settings.receipts;
    const duration = Duration.days(365 * years);
    const objectLockDefaultRetention =
      lock === ObjectLockMode.COMPLIANCE ? ObjectLockRetention.compliance(duration) : ObjectLockRetention.governance(duration);
    this.bucket('receipts', { objectLockEnabled: true, objectLockDefaultRetention, oldVersions: duration });
  }

  private tables(): void {
    const { names, settings } = this.props;
    const common = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.keepData,
      removalPolicy: this.removalPolicy,
    };
    new Table(this, 'Ledger', {
      ...common,
      tableName: names.tables.ledger,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
    });
    // The layout that Delta's S3DynamoDBLogStore expects; it would make the table itself, unencrypted.
    new Table(this, 'DeltaLog', {
      ...common,
      tableName: names.tables.deltaLog,
      partitionKey: { name: 'tablePath', type: AttributeType.STRING },
      sortKey: { name: 'fileName', type: AttributeType.STRING },
      timeToLiveAttribute: 'expireTime',
    });
  }

  /** 32 random octets in hex, drawn by Secrets Manager when the stack is made: nobody has seen them. */
  private pseudonyms(): void {
    const secret = new CfnSecret(this, 'Pseudonyms', {
      name: this.props.names.pseudonyms,
      description: 'Key of keyed hashes, by which customers are linked to users; another key would cut every link',
      kmsKeyId: this.key.keyArn,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'key',
        passwordLength: 64,
        excludeCharacters: NOT_HEX,
        requireEachIncludedType: false,
      },
    });
    secret.applyRemovalPolicy(this.removalPolicy);
    accept(secret, {
      'AwsSolutions-SMG4': 'Rotation would cut every link: a hash under the new key is equal to none under the old one.',
    });
  }

  /** Events that could not be delivered or handled; an alarm says that there are some. */
  private deadLetters(): void {
    const queue = new Queue(this, 'DeadLetters', {
      queueName: this.props.names.deadLetters.name,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    accept(queue, { 'AwsSolutions-SQS3': 'This is the queue of dead letters.' });
  }

  private glueDatabase(name: string): void {
    new CfnDatabase(this, `Glue${name}`, {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: {
        name,
        description: `The ${name} layer; its tables are kept by the pipeline`,
        locationUri: `s3://${this.props.names.buckets.lake}/${name}/`,
      },
    });
  }

  /** Stated here because log delivery would otherwise edit the bucket's policy behind the template's back. */
  private admitFlowLogs(): void {
    const delivery = new ServicePrincipal('delivery.logs.amazonaws.com');
    const ours = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
    this.logs.addToResourcePolicy(
      new PolicyStatement({
        principals: [delivery],
        actions: ['s3:PutObject'],
        resources: [this.logs.arnForObjects('network/*')],
        conditions: ours,
      }),
    );
    this.logs.addToResourcePolicy(
      new PolicyStatement({
        principals: [delivery],
        actions: ['s3:GetBucketAcl', 's3:ListBucket'],
        resources: [this.logs.bucketArn],
        conditions: ours,
      }),
    );
  }
}

/**
 * The first complete object wins: a write that does not ask for that (`If-None-Match: *`) is refused.
 * Starting an upload and its parts carry no such header; its completion does, and is where the object comes to be.
 * `free`: keys of files that another writes, who cannot ask for it.
 */
function writtenOnce(bucket: Bucket, free: string[]): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'FirstWriterWins',
      effect: Effect.DENY,
      principals: [new StarPrincipal()],
      actions: ['s3:PutObject'],
      ...(free.length > 0 ? { notResources: free.map((keys) => bucket.arnForObjects(keys)) } : { resources: [bucket.arnForObjects('*')] }),
      conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    }),
  );
}
