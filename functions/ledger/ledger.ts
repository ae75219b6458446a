/** The ledger: one DynamoDB table, conditional writes only. Each write is a file of its own beside this one, and its condition is the exactly-once rule that it keeps. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand, type UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { LeaseLost } from '../errors.ts';
import { type Abandoning, recordAbandoned } from './record-abandoned.ts';
import { type Commit, recordCommit } from './record-commit.ts';
import { recordConfirmed } from './record-confirmed.ts';
import { recordJoined } from './record-joined.ts';
import { type Maintained, recordMaintained } from './record-maintained.ts';
import { type Opening, recordOpen } from './record-open.ts';
import { release } from './release.ts';
import { requestRebuild } from './request-rebuild.ts';
import { takeLease } from './take-lease.ts';
import { Batch, batchKey, Head, type Lease, nameOf, type Unit } from './unit.ts';
import type { Write } from './write.ts';

export class Ledger {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async head(unit: Unit): Promise<Head> {
    return Head.parse((await this.#item(unit, 'HEAD')) ?? {});
  }

  /** Undefined when no such batch was ever opened. */
  async batch(unit: Unit, seq: number): Promise<Batch | undefined> {
    const item = await this.#item(unit, batchKey(seq));
    return item && Batch.parse(item);
  }

  /**
   * Takes the lease for `owner`. It is free, or the owner's own already (the same token again), or `dead`: the lease of a run
   * that was seen to have ended, which is replaced as a whole. Undefined when somebody else was faster.
   */
  async takeLease(unit: Unit, owner: string, dead?: Lease): Promise<Head | undefined> {
    const head = await this.head(unit);
    if (head.lease?.owner === owner) return head;
    const lease: Lease = { owner, token: head.token + 1 };
    const taken = await this.#unlessRefused(takeLease(this.#table, unit, lease, head.token, dead));
    return taken ? { ...head, lease, token: lease.token } : undefined;
  }

  /** False when the lease is somebody else's by now: it stays. */
  async release(unit: Unit, token: number, observedAt?: string): Promise<boolean> {
    return this.#unlessRefused(release(this.#table, unit, token, observedAt));
  }

  /** @throws LeaseLost. */
  async recordOpen(unit: Unit, opening: Opening): Promise<void> {
    await this.#transact(unit, opening.token, recordOpen(this.#table, unit, opening));
  }

  /** @throws LeaseLost when the batch is open no more. */
  async recordJoined(unit: Unit, seq: number, execution: string): Promise<void> {
    if (await this.#unlessRefused(recordJoined(this.#table, unit, seq, execution))) return;
    const state = (await this.batch(unit, seq))?.state ?? 'not in the ledger';
    throw new LeaseLost({
      dataset: nameOf(unit),
      expected: `batch ${seq} to be open`,
      found: `it is ${state}`,
      remedy: 'nothing: a newer run has ended the batch; this one stops here',
    });
  }

  /** A repeat of a commit that was carried out finds its batch committed and changes nothing. @throws LeaseLost. */
  async recordCommit(commit: Commit): Promise<void> {
    if ((await this.batch(commit.unit, commit.seq))?.state === 'committed') return;
    await this.#transact(commit.unit, commit.token, recordCommit(this.#table, commit));
  }

  /** @throws LeaseLost. */
  async recordAbandoned(unit: Unit, abandoning: Abandoning): Promise<void> {
    await this.#transact(unit, abandoning.token, recordAbandoned(this.#table, unit, abandoning));
  }

  /** False when the lease is free or somebody else's by now: a repeat changes nothing. */
  async recordMaintained(unit: Unit, token: number, maintained: Maintained): Promise<boolean> {
    return this.#unlessRefused(recordMaintained(this.#table, unit, token, maintained));
  }

  async requestRebuild(models: readonly string[]): Promise<void> {
    await this.#client.send(requestRebuild(this.#table, models));
  }

  async recordConfirmed(unit: Unit, seq: number): Promise<void> {
    await this.#unlessRefused(recordConfirmed(this.#table, unit, seq));
  }

  async #item(pk: Unit, sk: string): Promise<Record<string, unknown> | undefined> {
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#table, Key: { pk, sk }, ConsistentRead: true }));
    return Item;
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

  async #transact(unit: Unit, token: number, TransactItems: Write[]): Promise<void> {
    try {
      await this.#client.send(new TransactWriteCommand({ TransactItems }));
    } catch (cause) {
      // Cancelled for a conflict or for load, the transaction says nothing of the lease.
      if (!(cause instanceof TransactionCanceledException)) throw cause;
      if (!cause.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')) throw cause;
      throw new LeaseLost({
        dataset: nameOf(unit),
        expected: `the lease with token ${token}, and the batch as it was planned`,
        found: `a newer run has them (${cause.CancellationReasons?.map(({ Code }) => Code).join(', ')})`,
        remedy: 'nothing: the newer run goes on with the batch; this one stops here',
        cause,
      });
    }
  }
}
