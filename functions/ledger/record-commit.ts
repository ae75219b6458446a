/** Commits the open batch: token, open batch and old watermark are the conditions; the lease goes with it. */
import { batchKey, type Head, type Unit } from './unit.ts';
import type { Write } from './write.ts';

export interface Commit {
  unit: Unit;
  seq: number;
  token: number;
  /** As the head has it before this commit; the write is refused when it has moved. */
  watermarkBefore: string | undefined;
  /** What the head says from now on. */
  set: Partial<Pick<Head, 'watermark' | 'receipt' | 'epoch' | 'silverVersion' | 'inputs' | 'definitions' | 'observedAt'>>;
  /** Of Gold: models that were asked for and are made anew by now. */
  rebuilt?: readonly string[] | undefined;
  /** What the batch's own item keeps. */
  outcome: Record<string, unknown>;
  at: string;
}

export function recordCommit(table: string, commit: Commit): Write[] {
  return [moveHead(table, commit), closeBatch(table, commit)];
}

function moveHead(table: string, { unit, seq, token, watermarkBefore, set, rebuilt = [], at }: Commit): Write {
  const assigned = Object.entries({ ...set, committedAt: at }).filter(([, value]) => value !== undefined);
  const unmoved = watermarkBefore === undefined ? 'attribute_not_exists(#watermark)' : '#watermark = :before';
  return {
    Update: {
      TableName: table,
      Key: { pk: unit, sk: 'HEAD' },
      UpdateExpression: `SET ${assigned.map(([name]) => `#${name} = :${name}`).join(', ')} REMOVE openSeq, #lease${rebuilt.length > 0 ? ' DELETE #rebuild :rebuilt' : ''}`,
      ConditionExpression: `#lease.#token = :token AND openSeq = :seq AND ${unmoved}`,
      ExpressionAttributeNames: {
        ...Object.fromEntries(assigned.map(([name]) => [`#${name}`, name])),
        '#lease': 'lease',
        '#token': 'token',
        '#watermark': 'watermark',
        ...(rebuilt.length > 0 ? { '#rebuild': 'rebuild' } : {}),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(assigned.map(([name, value]) => [`:${name}`, value])),
        ':token': token,
        ':seq': seq,
        ...(watermarkBefore === undefined ? {} : { ':before': watermarkBefore }),
        ...(rebuilt.length > 0 ? { ':rebuilt': new Set(rebuilt) } : {}),
      },
    },
  };
}

function closeBatch(table: string, { unit, seq, outcome, at }: Commit): Write {
  return {
    Update: {
      TableName: table,
      Key: { pk: unit, sk: batchKey(seq) },
      UpdateExpression: 'SET #state = :committed, closedAt = :at, #outcome = :outcome',
      ConditionExpression: '#state = :open',
      ExpressionAttributeNames: { '#state': 'state', '#outcome': 'outcome' },
      ExpressionAttributeValues: { ':committed': 'committed', ':open': 'open', ':at': at, ':outcome': outcome },
    },
  };
}
