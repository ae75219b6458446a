/** Notes that the source was told of a commit; a note that comes late does not undo a later one. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Unit } from './unit.ts';

export function recordConfirmed(table: string, unit: Unit, seq: number): UpdateCommand {
  return new UpdateCommand({
    TableName: table,
    Key: { pk: unit, sk: 'HEAD' },
    UpdateExpression: 'SET confirmedSeq = :seq',
    ConditionExpression: 'attribute_not_exists(confirmedSeq) OR confirmedSeq < :seq',
    ExpressionAttributeValues: { ':seq': seq },
  });
}
