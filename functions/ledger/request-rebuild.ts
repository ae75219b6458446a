/** Asks for Gold models to be made anew: on Gold's head, so that whoever builds next sees it, and without its lease, since another run may have it. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { GOLD } from './unit.ts';

export function requestRebuild(table: string, models: readonly string[]): UpdateCommand {
  return new UpdateCommand({
    TableName: table,
    Key: { pk: GOLD, sk: 'HEAD' },
    UpdateExpression: 'ADD #rebuild :models',
    ExpressionAttributeNames: { '#rebuild': 'rebuild' },
    ExpressionAttributeValues: { ':models': new Set(models) },
  });
}
