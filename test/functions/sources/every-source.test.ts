/** What holds for every kind of source, whatever it reads from. */
import { DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { secretsManager } from '../../../functions/aws/secrets-manager.ts';
import { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import type { ChunkStream } from '../../../functions/batch/chunk-stream.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { confirm, sourceOf } from '../../../functions/sources/by-kind.ts';
import { servers } from '../../servers/servers.ts';
import { contract } from '../contracts.ts';
import { PostgresDatabase } from '../postgres-database.ts';
import { setSecret } from '../secret.ts';
import { KafkaBroker, topicContract } from './kafka/kafka-broker.ts';
import { change, order, orders, trustStandIn } from './snowflake/snowflake-account.ts';

jest.setTimeout(60_000);
trustStandIn();
const database = new PostgresDatabase();
const broker = new KafkaBroker();

interface Kind {
  kind: Contract['source'];
  contract: Contract;
  secret: () => object;
  wrong: object;
  missing: Pick<Contract, 'object'>;
  fill: () => Promise<unknown>;
}

const kinds: Kind[] = [
  {
    kind: 'postgres',
    contract: contract({ dataset: 'every', columns: { id: 'bigint' }, schemaPolicy: 'discard' }),
    secret: () => database.secret(),
    wrong: { password: 'wrong-in-the-test' },
    missing: { object: 'public.no_such_table' },
    fill: () =>
      database.change(
        'CREATE TABLE every (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())',
        'INSERT INTO every (id) SELECT generate_series(1, 5)',
      ),
  },
  {
    kind: 'kafka',
    contract: topicContract('every'),
    secret: () => broker.secret(),
    wrong: { password: 'wrong-in-the-test' },
    missing: { object: 'no_such_topic' },
    fill: async () => {
      await broker.topic('every', 2);
      await broker.send(
        'every',
        ['1', '2', '3', '4', '5'].map((value) => ({ value })),
      );
    },
  },
  {
    kind: 'snowflake',
    contract: orders(),
    secret: () => servers.snowflake.secret,
    wrong: { clientSecret: 'wrong-in-the-test' },
    missing: { object: 'public.no_such_table' },
    fill: () =>
      change(
        'customer_orders',
        'order_id',
        ...['1', '2', '3', '4', '5'].map((id) => order('insert', `every-${id}`, '2024-01-15 10:00:00+00')),
      ),
  },
];

async function contentOf(stream: ChunkStream): Promise<string[]> {
  if (stream.kind === 'pending' || stream.kind === 'stored') throw new Error(`expected a stream; found ${stream.kind}`);
  const lines: string[] = [];
  try {
    if (stream.kind === 'copy') {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream.bytes) pieces.push(piece);
      lines.push(...Buffer.concat(pieces).toString().trimEnd().split('\n'));
    } else {
      for await (const batch of stream.batches) {
        lines.push(...batch.map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))));
      }
    }
    expect(stream.rowCount()).toBe(lines.length);
    return lines.sort();
  } finally {
    await stream.close();
  }
}

describe.each(kinds)('$kind', ({ kind, contract: of, secret, wrong, missing, fill }) => {
  const source = sourceOf(kind);
  const name = `etl/${kind}`;
  beforeAll(async () => {
    await setSecret(name, secret());
    await fill();
  });
  afterEach(() => setSecret(name, secret()));

  async function planned(): Promise<BatchPlan> {
    const found = await source.plan({ contract: of, watermark: undefined, mode: 'incremental' });
    const rest = {
      dataset: of.dataset,
      seq: 1,
      source: kind,
      mode: 'incremental',
      contractVersion: '1.0.0',
      plannedAt: '2024-01-15T10:00:00Z',
    };
    // As it is written and read again.
    return BatchPlan.parse(JSON.parse(JSON.stringify({ ...rest, ...found })));
  }
  async function read(plan: BatchPlan): Promise<string[][]> {
    const signal = new AbortController().signal;
    const contents: string[][] = [];
    for (const chunk of plan.chunks)
      contents.push(await contentOf(await source.read({ contract: of, plan, chunk, landing: '', ticket: undefined, signal })));
    return contents;
  }

  test('a plan can be printed and read back, and what it reads is the same each time', async () => {
    const plan = await planned();
    const once = await read(plan);
    expect(once.flat().length).toBeGreaterThanOrEqual(5);
    expect(await read(plan)).toEqual(once);
  });

  test('planning moves nothing: planned twice, the same is read', async () => {
    const [one, other] = [await planned(), await planned()];
    expect(await read(other)).toEqual(await read(one));
  });

  test('after the watermark of a plan there is nothing new, and the whole again when it is asked for', async () => {
    const { watermark, chunks } = await planned();
    await confirm(of, watermark);
    expect(await source.plan({ contract: of, watermark, mode: 'incremental' })).toBeUndefined();
    const whole = await source.plan({ contract: of, watermark, mode: 'full' });
    expect(whole?.chunks.map(({ id }) => id)).toEqual(chunks.map(({ id }) => id));
  });

  test('a wrong credential is CredentialRejected, of plan and read, and is not tried again', async () => {
    const plan = await planned();
    await setSecret(name, { ...secret(), ...wrong });
    const named = {
      code: 'CredentialRejected',
      retry: 'never',
      dataset: of.dataset,
      message: expect.not.stringContaining('wrong-in-the-test'),
    };
    await expect(planned()).rejects.toMatchObject(named);
    await expect(read(plan)).rejects.toMatchObject(named);
  });

  test('a secret that lacks a field, or is not there, is named with the command that sets it', async () => {
    await setSecret(name, {});
    const remedy = `npx etl secrets set ${kind}`;
    await expect(planned()).rejects.toMatchObject({ code: 'SecretIncomplete', remedy });
    await secretsManager.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
    await expect(planned()).rejects.toMatchObject({ code: 'SecretMissing', remedy });
  });

  test('what the contract reads from and is not there is TableMissing', async () => {
    const strayed = { ...of, ...missing };
    const plan = source.plan({ contract: strayed, watermark: undefined, mode: 'incremental' });
    await expect(plan).rejects.toMatchObject({ code: 'TableMissing', retry: 'never', dataset: of.dataset });
  });
});
