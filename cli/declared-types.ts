/** Which types of the deployed template the laptop's AWS lacks: it declares such resources, so that the template deploys unchanged, and does nothing for them. */
import { CloudFormationClient, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** How the physical ids of such resources begin (local/aws/cloudformation.py). */
const DECLARED = 'not-emulated-';

/** Of the stacks that the pipeline has deployed, sorted. */
export async function declaredTypes(): Promise<string[]> {
  const client = new CloudFormationClient({});
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  const resources = await Promise.all(
    Stacks.filter(({ StackName }) => StackName?.startsWith('etl-')).map(async ({ StackName }) => {
      const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
      return StackResources.filter(({ PhysicalResourceId }) => PhysicalResourceId?.startsWith(DECLARED));
    }),
  );
  return [...new Set(resources.flat().flatMap(({ ResourceType }) => ResourceType ?? []))].sort();
}

export function declaredLine(types: string[]): string {
  return `Declared, not emulated (docs/laptop.md): ${types.map((type) => type.replace(/^AWS::/, '')).join(', ') || 'nothing'}`;
}
