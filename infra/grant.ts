/** The one way a role comes to its rights: a statement whose resource ends in a wildcard must have its reason here. */
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { accept } from './constructs/accept.ts';

const REASONS: [RegExp, string][] = [
  [/^\*$/, 'These actions know no resources: tracing, log delivery, network interfaces, starting and listing clusters.'],
  [/^arn:aws:s3:::[^*]+\/[^*]*\*$/, 'Objects of one bucket, under one prefix where it has several: their keys come to be at run time.'],
  [/^arn:aws:s3:::[^*]+\/\*\/batch=\*\/attempt=\*$/, 'Files that Snowflake writes, one folder an attempt at a batch.'],
  [/^arn:aws:s3:::[^*]+\/\w+\/\*\/_delta_log\/\*$/, 'The logs of the tables of one layer, without their rows.'],
  [/^arn:aws:logs:[^*]+:log-group:[^*]+:\*$/, 'The streams of one log group.'],
  [/^arn:aws:glue:[^*]+:table\/\w+\/\*$/, 'The tables of one database of the pipeline.'],
  [/^arn:aws:elasticmapreduce:[^*]+:cluster\/\*$/, 'The id of a cluster exists only once it runs.'],
  [/^arn:aws:states:[^*]+:execution:[\w-]+[:/]\*$/, 'The executions of one state machine, and of its distributed Map.'],
  [/^arn:aws:secretsmanager:[^*]+:secret:[\w/]+-\?{6}$/, 'One secret: the six characters at its end only its creation decides.'],
];

export function grant(role: Role, statements: PolicyStatement[]): void {
  for (const statement of statements) role.addToPolicy(statement);
  const wildcards = new Set(statements.flatMap(({ resources }) => resources).filter((resource) => /[*?]/.test(resource)));
  // Tracing and log delivery, which the CDK adds to the role of what is traced and logged.
  wildcards.add('*');
  for (const resource of wildcards) accept(role, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reasonFor(resource) });
}

function reasonFor(resource: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(resource))?.[1];
  if (reason) return reason;
  throw new Error(`expected a right that names its resources, or whose wildcard has its reason in infra/grant.ts; found ${resource}`);
}
