/** Adds a run to those that work on the open batch. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { batchKey, type Unit } from './unit.ts';

export function recordJoined(table: string, unit: Unit, seq: number, execution: string): UpdateCommand {
  return new UpdateCommand({
    TableName: table,
    Key: { pk: unit, sk: batchKey(seq) },
    UpdateExpression: 'ADD executions :execution',
    ConditionExpression: '#state = :open',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':execution': new Set([execution]), ':open': 'open' },
  });
}
