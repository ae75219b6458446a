/** Frees a unit, if the token still holds it. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Unit } from './unit.ts';

/** `observedAt`: when the source was found to have nothing new, which is as good as a commit of nothing. */
export function release(table: string, unit: Unit, token: number, observedAt: string | undefined): UpdateCommand {
  return new UpdateCommand({
    TableName: table,
    Key: { pk: unit, sk: 'HEAD' },
    UpdateExpression: `${observedAt === undefined ? '' : 'SET observedAt = :observedAt '}REMOVE #lease`,
    ConditionExpression: '#lease.#token = :token',
    ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token' },
    ExpressionAttributeValues: { ':token': token, ...(observedAt === undefined ? {} : { ':observedAt': observedAt }) },
  });
}
