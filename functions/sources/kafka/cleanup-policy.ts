/** Whether compaction may have taken records of a topic: what is missing from any other one is still to come, or lost. */
import { ConfigResourceTypes, describeConfigsV4 } from '@platformatic/kafka';
import type { Contract } from '../../contract/contract.ts';
import { brokerSays, type Leaders } from './fetch-piece.ts';

const POLICY = 'cleanup.policy';

/** As the contract says where the login may not see the topic's settings: that takes a right of its own (DESCRIBE_CONFIGS). */
export async function isCompacted({ object, load }: Contract, leaders: Leaders, partition: number): Promise<boolean> {
  try {
    return (await cleanupPolicy(object, leaders, partition)).includes('compact');
  } catch (error) {
    if (brokerSays(error, 'TOPIC_AUTHORIZATION_FAILED')) return load.mode === 'compacted';
    throw error;
  }
}

/** `compact`, `delete` or both. */
async function cleanupPolicy(topic: string, { connection, leaderOf }: Leaders, partition: number): Promise<string[]> {
  const wanted = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [POLICY] };
  const { results } = await connection.until(describeConfigsV4.api.async(leaderOf(partition), [wanted]));
  const setting = results[0]?.configs.find(({ name }) => name === POLICY);
  return setting?.value?.split(',') ?? [];
}
