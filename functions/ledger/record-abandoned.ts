/** Ends the open batch without a commit: the watermark stays, and what the batch would have brought comes with the next one. */
import { batchKey, type Unit } from './unit.ts';
import type { Write } from './write.ts';

export interface Abandoning {
  seq: number;
  token: number;
  reason: string;
  at: string;
}

export function recordAbandoned(table: string, unit: Unit, { seq, token, reason, at }: Abandoning): Write[] {
  return [
    {
      Update: {
        TableName: table,
        Key: { pk: unit, sk: 'HEAD' },
        UpdateExpression: 'REMOVE openSeq',
        ConditionExpression: '#lease.#token = :token AND openSeq = :seq',
        ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token' },
        ExpressionAttributeValues: { ':token': token, ':seq': seq },
      },
    },
    {
      Update: {
        TableName: table,
        Key: { pk: unit, sk: batchKey(seq) },
        UpdateExpression: 'SET #state = :abandoned, closedAt = :at, reason = :reason',
        ConditionExpression: '#state = :open',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':abandoned': 'abandoned', ':open': 'open', ':at': at, ':reason': reason },
      },
    },
  ];
}
