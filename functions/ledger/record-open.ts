/** Opens a batch: the lease is held, no other batch is open, and its number is the next one. */
import { batchKey, type Unit } from './unit.ts';
import type { Write } from './write.ts';

export interface Opening {
  seq: number;
  token: number;
  /** Where the batch's plan lies. */
  plan: string;
  mode: string;
  execution: string;
  at: string;
}

export function recordOpen(table: string, unit: Unit, { seq, token, plan, mode, execution, at }: Opening): Write[] {
  return [
    {
      Update: {
        TableName: table,
        Key: { pk: unit, sk: 'HEAD' },
        UpdateExpression: 'SET seq = :seq, openSeq = :seq',
        ConditionExpression:
          '#lease.#token = :token AND attribute_not_exists(openSeq) AND (seq = :before OR (attribute_not_exists(seq) AND :before = :zero))',
        ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token' },
        ExpressionAttributeValues: { ':seq': seq, ':before': seq - 1, ':token': token, ':zero': 0 },
      },
    },
    {
      Put: {
        TableName: table,
        Item: { pk: unit, sk: batchKey(seq), state: 'open', plan, mode, executions: new Set([execution]), openedAt: at },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    },
  ];
}
