/**
 * Forgets what Delta noted of a table's commits in DynamoDB (S3DynamoDBLogStore): a note of a version later than the recovered one would let
 * the next commit of that number be refused, and Delta look for an object that is lost. Without notes it goes by the objects.
 */
import { DeleteCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { ledgerClient } from '../../functions/aws/dynamodb.ts';

export async function forgetLogEntries(TableName: string, tablePath: string): Promise<void> {
  const pages = paginateQuery(
    { client: ledgerClient },
    { TableName, KeyConditionExpression: 'tablePath = :path', ExpressionAttributeValues: { ':path': tablePath } },
  );
  for await (const { Items = [] } of pages)
    for (const { fileName } of Items) await ledgerClient.send(new DeleteCommand({ TableName, Key: { tablePath, fileName } }));
}
