import { expect, jest, test } from '@jest/globals';
import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import { PipelineError } from '../../../../functions/errors.ts';
import { connect } from '../../../../functions/sources/snowflake/connection.ts';
import { setSecret } from '../../secret.ts';
import { plan } from '../planned.ts';
import { orders, secret, source, useSnowflake } from './snowflake-account.ts';

jest.setTimeout(60_000);
useSnowflake();

/** The failure of a plan, of which everything a person reads is free of secrets. */
async function failure(of = orders()): Promise<PipelineError> {
  const error = await plan(of).catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(PipelineError);
  const named = error as PipelineError;
  expect(`${named.message} ${named.stack} ${JSON.stringify(named)} ${JSON.stringify(named.cause)}`).not.toContain(secret().clientSecret);
  return named;
}

test('a wrong client secret is CredentialRejected at once, and says which secret to set', async () => {
  await setSecret('etl/snowflake', secret({ clientSecret: 'wrong-secret-of-the-test' }));
  const error = await failure();
  expect(error).toMatchObject({
    code: 'CredentialRejected',
    retry: 'never',
    dataset: 'customer_orders',
    remedy: 'npx etl secrets set snowflake',
  });
  expect(`${error.message} ${JSON.stringify(error.cause)}`).not.toContain('wrong-secret-of-the-test');
});

test.each([
  { what: 'a role that the token is not for', changes: { role: 'ACCOUNTADMIN' }, remedy: /ROLE/ },
  { what: 'a warehouse that the role may not use', changes: { warehouse: 'NO_SUCH_WH' }, remedy: /WAREHOUSE/ },
  { what: 'a database that there is not', changes: { database: 'NO_SUCH_DB' }, remedy: /DATABASE/ },
])('$what is PermissionDenied', async ({ changes, remedy }) => {
  await setSecret('etl/snowflake', secret(changes));
  expect(await failure()).toMatchObject({ code: 'PermissionDenied', retry: 'never', remedy: expect.stringMatching(remedy) });
});

test('an address where nobody listens is SourceUnreachable, and is tried again', async () => {
  await setSecret('etl/snowflake', secret({ accessUrl: 'https://127.0.0.1:1' }));
  expect(await failure()).toMatchObject({ code: 'SourceUnreachable', retry: 'backoff', found: expect.stringContaining('ECONNREFUSED') });
});

test('a secret with some fields of OAuth alone is SecretIncomplete, and names those that are missing', async () => {
  const { clientSecret: _, ...rest } = secret();
  await setSecret('etl/snowflake', rest);
  expect(await failure()).toMatchObject({ code: 'SecretIncomplete', found: expect.stringContaining('clientSecret') });
});

test('a table that the role does not see is TableMissing', async () => {
  expect(await failure({ ...orders(), object: 'public.no_such_table' })).toMatchObject({ code: 'TableMissing', retry: 'never' });
});

test('a column that is gone is ColumnMissing; one of another type is ColumnTypeChanged', async () => {
  const [id, name, amount, at] = orders().columns;
  if (!id || !name || !amount || !at) throw new Error('expected four columns');
  expect(await failure({ ...orders(), columns: [id, { ...name, name: 'nickname' }, amount, at] })).toMatchObject({
    code: 'ColumnMissing',
    expected: expect.stringContaining('nickname'),
  });
  expect(await failure({ ...orders(), columns: [id, name, { ...amount, physicalType: 'varchar' }, at] })).toMatchObject({
    code: 'ColumnTypeChanged',
    found: 'total_amount NUMBER',
  });
});

test('a batch that stayed open longer than Snowflake keeps the past is PointInTimeExpired', async () => {
  const query = `SELECT ORDER_ID FROM PUBLIC.CUSTOMER_ORDERS AT (TIMESTAMP => '2020-01-01 00:00:00 +00:00'::TIMESTAMP_LTZ)`;
  const chunk: Chunk = { id: 'rows-0001', role: 'rows', columns: [{ name: 'order_id', type: 'VARCHAR' }], read: { query } };
  const read = source.read({
    contract: orders(),
    plan: {} as BatchPlan,
    chunk,
    landing: '',
    ticket: undefined,
    signal: new AbortController().signal,
  });
  await expect(read).rejects.toMatchObject({ code: 'PointInTimeExpired', retry: 'never' });
});

test('a query of a plan ends with the time of the function that plans', async () => {
  const time = new AbortController();
  const connection = await connect({ dataset: 'customer_orders', signal: time.signal });
  const all = Array.from({ length: 12 }, (_, index) => `INFORMATION_SCHEMA.COLUMNS C${index}`).join(' CROSS JOIN ');
  const endless = connection.query(`SELECT TO_VARCHAR(COUNT(*)) FROM ${all}`);
  time.abort();
  await expect(endless).rejects.toBe(time.signal.reason);
  await connection.close();
});
