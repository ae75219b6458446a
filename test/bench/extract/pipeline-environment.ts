/** What the processes of the pipeline find in their environment, in a benchmark: the laptop's AWS, with a bucket to land in and a secret. */
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../../../local/environment.ts';

/** `folder`: for files of the benchmark. `secret`: by its name, what it holds. */
export async function pipelineEnvironment(
  aws: NonNullable<Environment['aws']>,
  bucket: string,
  folder: string,
  secret: Record<string, unknown>,
): Promise<NodeJS.ProcessEnv> {
  const to = { endpoint: aws.endpoint, region: aws.region, credentials: { accessKeyId: aws.account, secretAccessKey: 'test' } };
  await new S3Client({ ...to, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  const secrets = new SecretsManagerClient(to);
  for (const [Name, value] of Object.entries(secret)) {
    await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
  }
  return {
    ...process.env,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.account,
    AWS_SECRET_ACCESS_KEY: 'test',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    BENCH_BUCKET: bucket,
    BENCH_FOLDER: folder,
  };
}
