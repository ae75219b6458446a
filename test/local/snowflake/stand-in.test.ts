/** The stand-in as the unmodified driver meets it. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { getCACertificates, rootCertificates, setDefaultCACertificates } from 'node:tls';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Connection, ConnectionOptions, RowStatement, StatementOption } from 'snowflake-sdk';
import type { Environment } from '../../../local/environment.ts';
import { createRole } from '../../functions/role.ts';
import { startEnvironment } from '../start-environment.ts';
import { connect as login } from './connect.ts';
import { Loader, parquetRows } from './loader.ts';

jest.setTimeout(60_000);

let standIn: NonNullable<Environment['snowflake']>;
let s3: S3Client;
let s3Endpoint: string;
let loader: Loader;
let connection: Connection;
let end: () => Promise<void>;

beforeAll(async () => {
  const started = await startEnvironment(['snowflake', 'aws']);
  end = started.end;
  const { snowflake: there, aws } = started.environment;
  if (!there || !aws) throw new Error('expected Snowflake and AWS in the environment');
  standIn = there;
  setDefaultCACertificates([...getCACertificates('default'), standIn.ca]);
  s3Endpoint = aws.endpoint;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, forcePathStyle: true, credentials });
  loader = await Loader.open(standIn);
  connection = await connect();
});

afterAll(async () => {
  await new Promise<void>((resolve) => connection.destroy(() => resolve()));
  s3.destroy();
  await end();
});

/** Rows come as arrays. */
const connect = (change: Partial<ConnectionOptions> = {}) => login(standIn, { rowMode: 'array', ...change });

function execute(option: StatementOption): Promise<{ statement: RowStatement; rows: unknown[][] }> {
  return new Promise((resolve, reject) =>
    connection.execute({
      ...option,
      complete: (error, statement, rows) => (error ? reject(error) : resolve({ statement: statement as RowStatement, rows: rows ?? [] })),
    }),
  );
}

async function rowsOf(sqlText: string, ...binds: (string | number)[]): Promise<unknown[][]> {
  return (await execute({ sqlText, binds, fetchAsString: ['Number', 'Date', 'JSON'] })).rows;
}

test('values of every type come back to the last digit', async () => {
  await loader.load('financial_transactions', [
    {
      transaction_id: '12345678901234567890123456789012345678',
      amount: '-1.10',
      occurred_at: '2024-01-15 10:00:00.123456 +05:30',
      posted_date: '2024-01-16',
      created_at: '2024-01-15 10:00:00.654321+00',
    },
  ]);
  await loader.load('product_catalog', [
    {
      product_id: 'P1',
      name: 'Zoë "茶"',
      unit_cost: '0.0001',
      is_active: 'false',
      attributes: '{"a":[1,2.5,null]}',
      updated_at: '2024-01-15 10:00:00.123456789',
    },
  ]);
  const format = "'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM'";
  expect(
    await rowsOf(
      `SELECT TO_VARCHAR(transaction_id), TO_VARCHAR(amount), TO_VARCHAR(occurred_at, ${format}), TO_VARCHAR(CONVERT_TIMEZONE('UTC', occurred_at), ${format}),
       TO_VARCHAR(posted_date, 'YYYY-MM-DD'), TO_VARCHAR(CONVERT_TIMEZONE('UTC', created_at), ${format}), order_id FROM financial_transactions`,
    ),
  ).toEqual([
    [
      '12345678901234567890123456789012345678',
      '-1.10',
      '2024-01-15 10:00:00.123456000+05:30',
      '2024-01-15 04:30:00.123456000+00:00',
      '2024-01-16',
      '2024-01-15 10:00:00.654321000+00:00',
      null,
    ],
  ]);
  expect(
    await rowsOf(
      "SELECT name, TO_VARCHAR(unit_cost), is_active, TO_JSON(attributes), TO_VARCHAR(updated_at, 'YYYY-MM-DD HH24:MI:SS.FF9') FROM product_catalog",
    ),
  ).toEqual([['Zoë "茶"', '0.0001', false, '{"a":[1,2.5,null]}', '2024-01-15 10:00:00.123456789']]);
});

test('as the driver itself prints them, numbers, dates and times are those that were loaded', async () => {
  const { statement, rows } = await execute({
    sqlText: 'SELECT transaction_id, posted_date, occurred_at, created_at FROM financial_transactions',
    fetchAsString: ['Number', 'Date'],
  });
  expect(statement.getColumns()?.map((column) => column.getType())).toEqual(['fixed', 'date', 'timestamp_tz', 'timestamp_ltz']);
  expect(rows).toEqual([
    ['12345678901234567890123456789012345678', '2024-01-16', '2024-01-15 10:00:00.123 +0530', '2024-01-15 10:00:00.654 +0000'],
  ]);
});

test('a large result streams in pieces, complete and in order', async () => {
  await loader.load(
    'customer_orders',
    Array.from({ length: 30_000 }, (_, index) => ({ order_id: String(index).padStart(6, '0'), total_amount: `${index}.25` })),
  );
  const { statement } = await execute({
    sqlText: 'SELECT order_id, total_amount::VARCHAR FROM customer_orders ORDER BY order_id',
    streamResult: true,
  });
  let expected = 0;
  for await (const row of statement.streamRows()) {
    expect(row).toEqual([String(expected).padStart(6, '0'), `${expected}.25`]);
    expected += 1;
  }
  expect(expected).toBe(30_000);
  expect(statement.getNumRows()).toBe(30_000);
});

test('bindings are values, not text of the statement', async () => {
  expect(await rowsOf('SELECT COUNT(*)::VARCHAR FROM customer_orders WHERE order_id = ?', "' OR 1=1 --")).toEqual([['0']]);
  expect(await rowsOf('SELECT order_id FROM customer_orders WHERE total_amount > :1 ORDER BY 1 LIMIT 1', 29_998)).toEqual([['029998']]);
});

test('a statement that runs asynchronously is asked for, and its result fetched, by its id', async () => {
  const sqlText =
    'SELECT COUNT(*)::VARCHAR FROM customer_orders AS a JOIN customer_orders AS b ON a.order_id > b.order_id WHERE b.total_amount < 2000';
  const { statement } = await execute({ sqlText, asyncExec: true });
  const queryId = statement.getQueryId();
  expect(['RUNNING', 'SUCCESS']).toContain(await connection.getQueryStatus(queryId));
  const result = await connection.getResultsFromQueryId({ queryId });
  const rows: unknown[] = [];
  for await (const row of (result as unknown as RowStatement).streamRows()) rows.push(row);
  // Of 2,000 rows each is below all that come after it: the sum of 29,999 - i for i from 0 to 1,999.
  expect(rows).toEqual([['57999000']]);
  expect(await connection.getQueryStatus(queryId)).toBe('SUCCESS');
});

test('a request that comes twice is one query', async () => {
  const requestId = randomUUID();
  const option = { sqlText: 'SELECT UUID_STRING()', requestId };
  const [first, second] = [await execute(option), await execute(option)];
  expect(second.statement.getQueryId()).toBe(first.statement.getQueryId());
  expect(second.rows).toEqual(first.rows);
});

test('what was changed or deleted since is read as it was', async () => {
  const [[moment] = []] = await rowsOf("SELECT TO_VARCHAR(CURRENT_TIMESTAMP(), 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')");
  const [[before] = []] = await rowsOf(`SELECT TO_VARCHAR(SYSTEM$LAST_CHANGE_COMMIT_TIME('COMPANY.PUBLIC.CUSTOMER_ORDERS'))`);
  await loader.change('customer_orders', 'order_id', [
    { op: 'update', row: { order_id: '000001', total_amount: '7.00' } },
    { op: 'delete', row: { order_id: '000002' } },
  ]);
  const query = (at: string) =>
    `SELECT order_id, total_amount::VARCHAR FROM customer_orders ${at} WHERE order_id IN ('000001', '000002') ORDER BY 1`;
  expect(await rowsOf(query(''))).toEqual([['000001', '7.00']]);
  expect(await rowsOf(query(`AT (TIMESTAMP => '${moment}'::TIMESTAMP_LTZ)`))).toEqual([
    ['000001', '1.25'],
    ['000002', '2.25'],
  ]);
  const [[after] = []] = await rowsOf(`SELECT TO_VARCHAR(SYSTEM$LAST_CHANGE_COMMIT_TIME('COMPANY.PUBLIC.CUSTOMER_ORDERS'))`);
  expect(after).not.toBe(before);
  await expect(rowsOf(query("AT (TIMESTAMP => '2020-01-01'::TIMESTAMP_LTZ)"))).rejects.toMatchObject({ code: '000707' });
});

test('COPY INTO unloads to S3 as Parquet, with the losses that Snowflake has', async () => {
  await s3.send(new CreateBucketCommand({ Bucket: 'landing' }));
  const trust = {
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': 'laptop' } },
  };
  const rights = {
    Effect: 'Allow',
    Action: ['s3:PutObject', 's3:ListBucket'],
    Resource: ['arn:aws:s3:::landing', 'arn:aws:s3:::landing/*'],
  };
  await createRole({ endpoint: s3Endpoint, id: '000000000000' }, 'etl-snowflake-unload', trust, [rights]);
  const unload = (columns: string, more = '') =>
    `COPY INTO 's3://landing/product_catalog/attempt=1/' FROM (SELECT ${columns} FROM product_catalog) STORAGE_INTEGRATION = ETL_LANDING
     FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE DETAILED_OUTPUT = TRUE ${more}`;
  const columns = "name, unit_cost, attributes, updated_at, TO_VARCHAR(updated_at, 'YYYY-MM-DD HH24:MI:SS.FF9') AS exactly";
  const [file] = await rowsOf(unload(columns));
  expect(file).toEqual(['data_0_0_0.snappy.parquet', expect.stringMatching(/^\d+$/), '1']);
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'landing' }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(['product_catalog/attempt=1/data_0_0_0.snappy.parquet']);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'landing', Key: Contents?.[0]?.Key }));
  expect(await parquetRows(await Body?.transformToByteArray())).toEqual([
    {
      NAME: 'Zoë "茶"',
      UNIT_COST: '0.0001',
      ATTRIBUTES: '{"a":[1,2.5,null]}',
      UPDATED_AT: '2024-01-15 10:00:00.123',
      EXACTLY: '2024-01-15 10:00:00.123456789',
    },
  ]);
  await expect(rowsOf(unload(columns))).rejects.toMatchObject({ code: '001030' });
  await expect(rowsOf(unload('CURRENT_TIMESTAMP() AS now', 'OVERWRITE = TRUE'))).rejects.toThrow(/TIMESTAMP_TZ and TIMESTAMP_LTZ/);
  await expect(rowsOf(unload(columns).replace('ETL_LANDING', 'OTHER'))).rejects.toMatchObject({ code: '002003' });
});

test.each([
  ['a table that is not there', 'SELECT * FROM nowhere', '002003'],
  ['a column that is not there', 'SELECT nothing FROM customer_orders', '000904'],
  ['a mistake in the syntax', 'SELEC 1', '001003'],
  ['a value that is no number', "SELECT 'x'::NUMBER", '100038'],
  ['another database', 'SELECT * FROM other.public.customer_orders', '002003'],
  ['writing', "INSERT INTO customer_orders (order_id) VALUES ('x')", '003001'],
  ['deleting', 'DELETE FROM customer_orders', '003001'],
  ['a role that the token does not carry', 'USE ROLE ACCOUNTADMIN', '002043'],
])('%s is refused by its code', async (_, sqlText, code) => {
  await expect(rowsOf(sqlText)).rejects.toMatchObject({ code });
});

test('a wrong client secret gets no token', async () => {
  await expect(connect({ oauthClientSecret: 'wrong' })).rejects.toThrow();
  const answer = await fetch(standIn.secret.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: standIn.secret.clientId, client_secret: 'wrong' }),
  });
  expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_client']);
});

test('a token that was never issued opens no session', async () => {
  await expect(connect({ authenticator: 'OAUTH', token: 'made-up' })).rejects.toMatchObject({ code: '390303' });
});

test('a role beyond the scope opens no session', async () => {
  await expect(connect({ role: 'ACCOUNTADMIN' })).rejects.toMatchObject({ code: '390317' });
});

test('without a warehouse nothing runs', async () => {
  const other = await connect({ warehouse: 'NO_SUCH_WH' });
  await expect(
    new Promise((resolve, reject) =>
      other.execute({ sqlText: 'SELECT 1', complete: (error, _, rows) => (error ? reject(error) : resolve(rows)) }),
    ),
  ).rejects.toMatchObject({ code: '000606' });
  await new Promise<void>((resolve) => other.destroy(() => resolve()));
});

test("the reader's token does not load", async () => {
  const { clientId, clientSecret, scope } = standIn.secret;
  const reader = await Loader.open({ ...standIn, admin: { clientId, clientSecret, scope, role: standIn.secret.role } });
  await expect(reader.load('customer_orders', [{ order_id: 'x' }])).rejects.toThrow(/Insufficient privileges/);
});

test('a client that does not know the authority refuses the server', async () => {
  const asked = new Promise((resolve, reject) => {
    request(standIn.endpoint, { ca: [...rootCertificates], agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  await expect(asked).rejects.toThrow(/unable to verify|self-signed/);
});
