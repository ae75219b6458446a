/** Moves on to the version that maintenance has written, which has the same rows, and frees the unit. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Head, Unit } from './unit.ts';

/** The Silver version of a dataset; of Gold the versions that it was built from. */
export type Maintained = Required<Pick<Head, 'silverVersion'>> | Required<Pick<Head, 'inputs'>>;

export function recordMaintained(table: string, unit: Unit, token: number, maintained: Maintained): UpdateCommand {
  const [[name, value] = []] = Object.entries(maintained);
  return new UpdateCommand({
    TableName: table,
    Key: { pk: unit, sk: 'HEAD' },
    UpdateExpression: 'SET #name = :value REMOVE #lease',
    ConditionExpression: '#lease.#token = :token',
    ExpressionAttributeNames: { '#name': name ?? '', '#lease': 'lease', '#token': 'token' },
    ExpressionAttributeValues: { ':token': token, ':value': value },
  });
}
