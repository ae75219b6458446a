/** Counts how often a dataset was started again by itself within a window: past the limit it is a person's. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

export interface RerunLimit {
  maxPerWindow: number;
  windowHours: number;
}

/** True when the dataset may be tried once more, and that is counted. One conditional write: two machines at once never exceed the limit. */
export async function countRerun(
  client: DynamoDBDocumentClient,
  table: string,
  dataset: string,
  { maxPerWindow, windowHours }: RerunLimit,
  now: Date,
): Promise<boolean> {
  const window = Math.floor(now.getTime() / (windowHours * 3_600_000));
  const startsAt = window * windowHours * 3_600;
  try {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: `RERUN#${dataset}`, sk: new Date(startsAt * 1000).toISOString() },
        UpdateExpression: 'SET expires = :expires ADD #count :one',
        ConditionExpression: 'attribute_not_exists(#count) OR #count < :limit',
        ExpressionAttributeNames: { '#count': 'count' },
        // Kept for one more window, so that a person who looks still finds it.
        ExpressionAttributeValues: { ':one': 1, ':limit': maxPerWindow, ':expires': startsAt + 2 * windowHours * 3600 },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
