/** Which stacks there are and what each needs of another: the order in which they are deployed. */
import { join } from 'node:path';
import { type App, DefaultStackSynthesizer, type StackProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BOOTSTRAP, namesFor } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';
import { bundleFunctions } from './bundle-functions.ts';
import { compileContracts } from './contracts/compile.ts';
import { withModelSql } from './contracts/model-sql.ts';
import { AnalyticsStack } from './stacks/analytics.ts';
import { NetworkStack } from './stacks/network.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { OrchestrationStack } from './stacks/orchestration.ts';
import { ProcessingStack } from './stacks/processing.ts';
import { SourcesStack } from './stacks/sources.ts';
import { StorageStack } from './stacks/storage.ts';
import type { StageProps } from './stage-props.ts';

/** What new CDK apps have on by default and this one relies on; no custom resource is among them. */
export const FEATURE_FLAGS = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/aws-ec2:uniqueImdsv2TemplateName': true,
  // What another stack reads cannot be taken away from it.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};

export async function pipelineStacks(app: App, settings: Settings, root: string = join(import.meta.dirname, '..')) {
  const names = namesFor(settings);
  const props: StageProps & StackProps = {
    settings,
    names,
    root,
    contracts: withModelSql(compileContracts(join(root, 'contracts')), join(root, 'spark-jobs/medallion/gold')),
    env: { account: settings.account, region: settings.region },
    synthesizer: new DefaultStackSynthesizer({ qualifier: BOOTSTRAP.qualifier, fileAssetsBucketName: names.buckets.artifacts }),
  };
  const bundles = await bundleFunctions(root, app.outdir);

  const storage = new StorageStack(app, 'etl-storage', { ...props, terminationProtection: settings.keepData });
  const network = new NetworkStack(app, 'etl-network', props);
  const sources = new SourcesStack(app, 'etl-sources', { ...props, key: storage.key });
  const processing = new ProcessingStack(app, 'etl-processing', { ...props, key: storage.key, network, bundles });
  const orchestration = new OrchestrationStack(app, 'etl-orchestration', { ...props, key: storage.key, network });
  const observability = new ObservabilityStack(app, 'etl-observability', { ...props, key: storage.key });
  const analytics = new AnalyticsStack(app, 'etl-analytics', { ...props, key: storage.key });
  // By name alone, which the CDK does not see: flow logs go to the bucket of logs, rules and schedules to functions.
  network.addStackDependency(storage);
  orchestration.addStackDependency(processing);

  Tags.of(app).add('application', 'etl-pipeline');
  Tags.of(app).add('stage', settings.stage);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { network, storage, sources, processing, orchestration, observability, analytics };
}
