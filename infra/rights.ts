/** The rights that roles are composed of, each one sentence of the pipeline's own language; `machine-rights.ts` adds what Step Functions itself needs. */
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Names } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';
import type { SourceKind } from '../config/sources.ts';

export type BucketName = keyof Names['buckets'];

export class Rights {
  private readonly names: Names;
  private readonly account: string;
  private readonly region: string;
  private readonly keyArn: string;

  constructor(names: Names, { account, region }: Pick<Settings, 'account' | 'region'>, keyArn: string) {
    this.names = names;
    this.account = account;
    this.region = region;
    this.keyArn = keyArn;
  }

  /** Objects under these prefixes (`runs/`), and the names of objects there: without the latter a missing object reads as a refusal. */
  read(bucket: BucketName, ...prefixes: string[]): PolicyStatement[] {
    return [this.get(bucket, ...prefixes), this.list(bucket, prefixes)];
  }

  /** Objects alone, by a name that is known: a missing one then reads as a refusal. */
  get(bucket: BucketName, ...prefixes: string[]): PolicyStatement {
    return allow(['s3:GetObject'], this.objects(bucket, prefixes));
  }

  put(bucket: BucketName, ...prefixes: string[]): PolicyStatement {
    return allow(['s3:PutObject'], this.objects(bucket, prefixes));
  }

  write(bucket: BucketName, ...prefixes: string[]): PolicyStatement[] {
    return [...this.read(bucket, ...prefixes), this.put(bucket, ...prefixes)];
  }

  /** Spark's tables and logs: rewritten, vacuumed, renamed, written in parts; and Hadoop asks for the folder as an object of its own. */
  tableFiles(bucket: BucketName, ...prefixes: string[]): PolicyStatement[] {
    const folders = prefixes.map((prefix) => `arn:aws:s3:::${this.names.buckets[bucket]}/${prefix.replace(/\/$/, '')}`);
    return [
      ...this.write(bucket, ...prefixes),
      allow(['s3:AbortMultipartUpload', 's3:DeleteObject'], this.objects(bucket, prefixes)),
      allow(['s3:GetObject'], folders),
    ];
  }

  ledgerRead(): PolicyStatement[] {
    return [allow(['dynamodb:GetItem'], [this.table('ledger')])];
  }

  ledgerWrite(): PolicyStatement[] {
    return [...this.ledgerRead(), allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], [this.table('ledger')])];
  }

  /** What Delta's S3DynamoDBLogStore does with its table; it may not make one. */
  deltaLog(): PolicyStatement[] {
    const actions = ['dynamodb:DescribeTable', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'];
    return [allow(actions, [this.table('deltaLog')])];
  }

  secret(kind: SourceKind): PolicyStatement {
    return this.secretNamed(this.names.secrets[kind]);
  }

  /** The key of keyed hashes. */
  pseudonyms(): PolicyStatement {
    return this.secretNamed(this.names.pseudonyms);
  }

  /** Whose lease it is, and whether that run still goes on. */
  seeExecutions(): PolicyStatement[] {
    const { pipeline, maintain } = this.names.machines;
    return [
      allow(
        ['states:DescribeExecution'],
        [pipeline, maintain].map(({ name }) => this.arn('states', `execution:${name}:*`)),
      ),
    ];
  }

  findExecutions(): PolicyStatement[] {
    return [...this.seeExecutions(), allow(['states:ListExecutions'], [this.names.machines.pipeline.arn, this.names.machines.rerun.arn])];
  }

  /** Ids of clusters exist only once they run, so these name all of this account and region. */
  endClusters(): PolicyStatement[] {
    const onCluster = ['DescribeCluster', 'ListSteps', 'CancelSteps', 'TerminateJobFlows'];
    return [
      allow(
        onCluster.map((action) => `elasticmapreduce:${action}`),
        [this.arn('elasticmapreduce', 'cluster/*')],
      ),
      allow(['elasticmapreduce:ListClusters'], ['*']),
    ];
  }

  /** The pipeline's databases and their tables, by name. */
  glueTables(): PolicyStatement[] {
    const databases = this.names.glueDatabases.flatMap((name) => [
      this.arn('glue', `database/${name}`),
      this.arn('glue', `table/${name}/*`),
    ]);
    const actions = ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable'];
    return [allow(actions, [this.arn('glue', 'catalog'), ...databases])];
  }

  invoke(functionName: string): PolicyStatement {
    return allow(['lambda:InvokeFunction'], [this.functionArn(functionName)]);
  }

  functionArn(functionName: string): string {
    return this.arn('lambda', `function:${functionName}`);
  }

  startMachine({ arn }: { arn: string }): PolicyStatement {
    return allow(['states:StartExecution'], [arn]);
  }

  /** Where events that could not be delivered go. */
  deadLetter(): PolicyStatement {
    return allow(['sqs:SendMessage'], [this.names.deadLetters.arn]);
  }

  alert(): PolicyStatement[] {
    return [allow(['sns:Publish'], [this.names.topic.arn])];
  }

  key(): PolicyStatement {
    return allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.keyArn]);
  }

  /** For disks: EMR has EC2 encrypt them, by a grant that ends with the instance. */
  keyForDisks(): PolicyStatement[] {
    const use = ['Encrypt', 'ReEncryptFrom', 'ReEncryptTo', 'DescribeKey', 'GenerateDataKeyWithoutPlaintext'].map(
      (action) => `kms:${action}`,
    );
    const grants = allow(['kms:CreateGrant'], [this.keyArn]);
    grants.addCondition('Bool', { 'kms:GrantIsForAWSResource': 'true' });
    return [this.key(), allow(use, [this.keyArn]), grants];
  }

  /** Assets: compiled contracts and Spark code. The bucket's key is AWS's own, which needs no right beside this. */
  artifacts(): PolicyStatement[] {
    return this.read('artifacts', '');
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.account}:${resource}`;
  }

  role(name: string): string {
    return `arn:aws:iam::${this.account}:role/${name}`;
  }

  /** An ARN of a secret ends in six characters that only its creation decides. */
  private secretNamed(name: string): PolicyStatement {
    return allow(['secretsmanager:GetSecretValue'], [this.arn('secretsmanager', `secret:${name}-??????`)]);
  }

  private table(table: keyof Names['tables']): string {
    return this.arn('dynamodb', `table/${this.names.tables[table]}`);
  }

  private objects(bucket: BucketName, prefixes: string[]): string[] {
    return prefixes.map((prefix) => `arn:aws:s3:::${this.names.buckets[bucket]}/${prefix}*`);
  }

  private list(bucket: BucketName, prefixes: string[]): PolicyStatement {
    const statement = allow(['s3:ListBucket'], [`arn:aws:s3:::${this.names.buckets[bucket]}`]);
    if (!prefixes.includes('')) statement.addCondition('StringLike', { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) });
    return statement;
  }
}

export function allow(actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources });
}

/** `iam:PassRole` for one role to one service. */
export function passRole(roleArn: string, service: string): PolicyStatement {
  const statement = allow(['iam:PassRole'], [roleArn]);
  statement.addCondition('StringEquals', { 'iam:PassedToService': service });
  return statement;
}
