/** What stands for each `${Key}` in a state machine's file. */
import { functionName, type Names } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';
import { FUNCTIONS } from './functions.ts';
import { sparkConf, sparkSettings } from './spark-settings.ts';
import type { NetworkStack } from './stacks/network.ts';

/** `code`: the addresses of Spark's code, as `SparkCode` gives them; `avroJar`: that of Avro for Spark, where a contract needs it. */
export function substitutions(
  settings: Settings,
  names: Names,
  network: NetworkStack,
  code: Record<string, string>,
  stepRoleArn: string,
  avroJar: string | undefined,
): Record<string, string> {
  const { emr, rerun } = settings;
  return {
    ...functionsByName(),
    ...code,
    BatchesAtOnce: String(settings.batchesAtOnce),
    Applications: emr.applications.join(','),
    EmrCoreSecurityGroup: network.emrCore.securityGroupId,
    EmrPrimarySecurityGroup: network.emrPrimary.securityGroupId,
    EmrServiceAccessSecurityGroup: network.emrService.securityGroupId,
    IdleTimeoutSeconds: String(emr.idleTimeoutSeconds),
    InstanceCount: String(emr.instanceCount),
    InstanceType: emr.instanceType,
    JobFlowRole: names.roles.emrInstances,
    LakeBucket: names.buckets.lake,
    LogUri: `s3://${names.buckets.logs}/emr/`,
    PauseSeconds: String(rerun.pauseSeconds),
    PipelineMachine: names.machines.pipeline.arn,
    ReleaseLabel: emr.releaseLabel,
    SecurityConfiguration: names.securityConfiguration,
    ServiceRole: names.roles.emrService,
    SparkConf: sparkConf(sparkSettings(settings, names, avroJar)),
    SpotTaskNodes: String(emr.spotTaskNodes),
    StepRole: stepRoleArn,
    SubnetIds: network.vpc.privateSubnets.map(({ subnetId }) => subnetId).join(','),
    TopicArn: names.topic.arn,
  };
}

/** `CompleteLandingFunction` for `etl-complete-landing`. */
function functionsByName(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(FUNCTIONS).map((folder) => {
      const words = folder.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
      return [`${words.join('')}Function`, functionName(folder)];
    }),
  );
}
