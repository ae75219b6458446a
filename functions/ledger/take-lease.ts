/** Takes a unit's lease: nobody has it, or the one that is replaced is still the one that was seen dead. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Lease, Unit } from './unit.ts';

/** `known`: the last token given, as the head had it; another one given meanwhile refuses the write. */
export function takeLease(table: string, unit: Unit, lease: Lease, known: number, dead: Lease | undefined): UpdateCommand {
  const free = dead ? '(#lease.#owner = :deadOwner AND #lease.#token = :deadToken)' : 'attribute_not_exists(#lease)';
  return new UpdateCommand({
    TableName: table,
    Key: { pk: unit, sk: 'HEAD' },
    UpdateExpression: 'SET #lease = :lease, #token = :token',
    ConditionExpression: `${free} AND (attribute_not_exists(#token) OR #token = :known)`,
    ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token', ...(dead ? { '#owner': 'owner' } : {}) },
    ExpressionAttributeValues: {
      ':lease': lease,
      ':token': lease.token,
      ':known': known,
      ...(dead ? { ':deadOwner': dead.owner, ':deadToken': dead.token } : {}),
    },
  });
}
