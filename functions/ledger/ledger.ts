/** The ledger: one DynamoDB table, conditional writes only. What each write is conditional on is the exactly-once rule it keeps. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { LeaseLost } from '../errors.ts';
import { Batch, batchKey, Head, type Lease, type Unit } from './unit.ts';

export interface Commit {
  unit: Unit;
  seq: number;
  token: number;
  /** As the head has it before this commit; the write is refused when it has moved. */
  watermarkBefore: string | undefined;
  /** What the head says from now on. */
  set: Partial<Pick<Head, 'watermark' | 'receipt' | 'silverVersion' | 'inputs' | 'observedAt'>>;
  /** What the batch's own item keeps. */
  outcome: Record<string, unknown>;
  at: string;
}

export class Ledger {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async head(unit: Unit): Promise<Head> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { pk: unit, sk: 'HEAD' }, ConsistentRead: true }),
    );
    return Head.parse(Item ?? {});
  }

  /**
   * Takes the lease for `owner`. It is free, or the owner's own already (the same token again), or `dead`: the lease of a run
   * that was seen to have ended, which is replaced as a whole. Undefined when somebody else was faster.
   */
  async takeLease(unit: Unit, owner: string, dead?: Lease): Promise<Head | undefined> {
    const head = await this.head(unit);
    if (head.lease?.owner === owner) return head;
    const lease: Lease = { owner, token: head.token + 1 };
    const names = { '#lease': 'lease', '#token': 'token', '#owner': 'owner' };
    const free = dead ? '(#lease.#owner = :deadOwner AND #lease.#token = :deadToken)' : 'attribute_not_exists(#lease)';
    const taken = await this.#unlessRefused(
      new UpdateCommand({
        TableName: this.#table,
        Key: { pk: unit, sk: 'HEAD' },
        UpdateExpression: 'SET #lease = :lease, #token = :token',
        ConditionExpression: `${free} AND (attribute_not_exists(#token) OR #token = :known)`,
        ExpressionAttributeNames: dead ? names : { '#lease': 'lease', '#token': 'token' },
        ExpressionAttributeValues: {
          ':lease': lease,
          ':token': lease.token,
          ':known': head.token,
          ...(dead ? { ':deadOwner': dead.owner, ':deadToken': dead.token } : {}),
        },
      }),
    );
    return taken ? { ...head, lease, token: lease.token } : undefined;
  }

  /** Gives the next seq to the batch whose plan is at `plan`. @throws LeaseLost. */
  async recordOpen(
    unit: Unit,
    { seq, token, plan, mode, execution, at }: { seq: number; token: number; plan: string; mode: string; execution: string; at: string },
  ): Promise<void> {
    await this.#transact(unit, token, [
      {
        Update: {
          TableName: this.#table,
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
          TableName: this.#table,
          Item: { pk: unit, sk: batchKey(seq), state: 'open', plan, mode, executions: new Set([execution]), openedAt: at },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
    ]);
  }

  /** Writes down that one more run works on the open batch. */
  async recordJoined(unit: Unit, seq: number, execution: string): Promise<void> {
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: { pk: unit, sk: batchKey(seq) },
        UpdateExpression: 'ADD executions :execution',
        ConditionExpression: '#state = :open',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':execution': new Set([execution]), ':open': 'open' },
      }),
    );
  }

  /**
   * Commits the open batch: token, open batch and old watermark are the conditions; the lease goes with it.
   * A repeat of a commit that was carried out finds its batch committed and changes nothing.
   * @throws LeaseLost.
   */
  async recordCommit({ unit, seq, token, watermarkBefore, set, outcome, at }: Commit): Promise<void> {
    if ((await this.batch(unit, seq))?.state === 'committed') return;
    const assigned = Object.entries({ ...set, committedAt: at }).filter(([, value]) => value !== undefined);
    await this.#transact(unit, token, [
      {
        Update: {
          TableName: this.#table,
          Key: { pk: unit, sk: 'HEAD' },
          UpdateExpression: `SET ${assigned.map(([name]) => `#${name} = :${name}`).join(', ')} REMOVE openSeq, #lease`,
          ConditionExpression: `#lease.#token = :token AND openSeq = :seq AND ${watermarkBefore === undefined ? 'attribute_not_exists(#watermark)' : '#watermark = :before'}`,
          ExpressionAttributeNames: {
            ...Object.fromEntries(assigned.map(([name]) => [`#${name}`, name])),
            '#lease': 'lease',
            '#token': 'token',
            '#watermark': 'watermark',
          },
          ExpressionAttributeValues: {
            ...Object.fromEntries(assigned.map(([name, value]) => [`:${name}`, value])),
            ':token': token,
            ':seq': seq,
            ...(watermarkBefore === undefined ? {} : { ':before': watermarkBefore }),
          },
        },
      },
      {
        Update: {
          TableName: this.#table,
          Key: { pk: unit, sk: batchKey(seq) },
          UpdateExpression: 'SET #state = :committed, closedAt = :at, #outcome = :outcome',
          ConditionExpression: '#state = :open',
          ExpressionAttributeNames: { '#state': 'state', '#outcome': 'outcome' },
          ExpressionAttributeValues: { ':committed': 'committed', ':open': 'open', ':at': at, ':outcome': outcome },
        },
      },
    ]);
  }

  /**
   * Ends the open batch without a commit: the watermark stays, and what the batch would have brought comes with the next one.
   * @throws LeaseLost.
   */
  async recordAbandoned(unit: Unit, { seq, token, reason, at }: { seq: number; token: number; reason: string; at: string }): Promise<void> {
    await this.#transact(unit, token, [
      {
        Update: {
          TableName: this.#table,
          Key: { pk: unit, sk: 'HEAD' },
          UpdateExpression: 'REMOVE openSeq',
          ConditionExpression: '#lease.#token = :token AND openSeq = :seq',
          ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token' },
          ExpressionAttributeValues: { ':token': token, ':seq': seq },
        },
      },
      {
        Update: {
          TableName: this.#table,
          Key: { pk: unit, sk: batchKey(seq) },
          UpdateExpression: 'SET #state = :abandoned, closedAt = :at, reason = :reason',
          ConditionExpression: '#state = :open',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':abandoned': 'abandoned', ':open': 'open', ':at': at, ':reason': reason },
        },
      },
    ]);
  }

  /** Undefined when no such batch was ever opened. */
  async batch(unit: Unit, seq: number): Promise<Batch | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { pk: unit, sk: batchKey(seq) }, ConsistentRead: true }),
    );
    return Item && Batch.parse(Item);
  }

  /** Writes down that the source was told of the commit of `seq`; one that comes late does not undo a later one. */
  async recordConfirmed(unit: Unit, seq: number): Promise<void> {
    await this.#unlessRefused(
      new UpdateCommand({
        TableName: this.#table,
        Key: { pk: unit, sk: 'HEAD' },
        UpdateExpression: 'SET confirmedSeq = :seq',
        ConditionExpression: 'attribute_not_exists(confirmedSeq) OR confirmedSeq < :seq',
        ExpressionAttributeValues: { ':seq': seq },
      }),
    );
  }

  /**
   * Frees the unit if `token` still holds it; otherwise the lease is somebody else's and stays.
   * `observedAt`: when the source was found to have nothing new, which is as good as a commit of nothing.
   */
  async release(unit: Unit, token: number, observedAt?: string): Promise<boolean> {
    return this.#unlessRefused(
      new UpdateCommand({
        TableName: this.#table,
        Key: { pk: unit, sk: 'HEAD' },
        UpdateExpression: `${observedAt === undefined ? '' : 'SET observedAt = :observedAt '}REMOVE #lease`,
        ConditionExpression: '#lease.#token = :token',
        ExpressionAttributeNames: { '#lease': 'lease', '#token': 'token' },
        ExpressionAttributeValues: { ':token': token, ...(observedAt === undefined ? {} : { ':observedAt': observedAt }) },
      }),
    );
  }

  /** False when the write's condition did not hold. */
  async #unlessRefused(write: UpdateCommand): Promise<boolean> {
    try {
      await this.#client.send(write);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async #transact(
    unit: Unit,
    token: number,
    TransactItems: NonNullable<ConstructorParameters<typeof TransactWriteCommand>[0]['TransactItems']>,
  ): Promise<void> {
    try {
      await this.#client.send(new TransactWriteCommand({ TransactItems }));
    } catch (cause) {
      // Cancelled for a conflict or for load, the transaction says nothing of the lease.
      if (!(cause instanceof TransactionCanceledException)) throw cause;
      if (!cause.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')) throw cause;
      throw new LeaseLost({
        dataset: unit.replace(/^DATASET#/, ''),
        expected: `the lease with token ${token}, and the batch as it was planned`,
        found: `a newer run has them (${cause.CancellationReasons?.map(({ Code }) => Code).join(', ')})`,
        remedy: 'nothing: the newer run goes on with the batch; this one stops here',
        cause,
      });
    }
  }
}
