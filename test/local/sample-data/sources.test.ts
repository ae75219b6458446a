/** The sample data in the real sources: what they hold is counted there, without the generator, and compared with what it foretells. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Environment } from '../../../local/environment.ts';
import type { Expected } from '../../../local/sample-data/expected.ts';
import { changeSources, fillSources, postgresTables, snowflakeTables, topics } from '../../../local/sample-data/sources.ts';
import { startEnvironment } from '../start-environment.ts';
import { Marks } from './marks.ts';
import { kafkaReader, postgresReader, type SentRecord, snowflakeReader } from './readers.ts';
import { rules } from './rules.ts';
import { type Counts, type Fields, Silver } from './silver.ts';

jest.setTimeout(120_000);

const size = { rows: 800, seed: 7 };

let end: () => Promise<void>;
const close: (() => Promise<void>)[] = [];
let steps: { expected: Expected; counted: Record<string, Counts>; marks: Record<string, Record<string, number>> }[];
let tables: Map<string, Fields[]>;
let firstEvents: Map<string, Fields[]>;

beforeAll(async () => {
  const started = await startEnvironment(['postgres', 'kafka', 'snowflake']);
  end = started.end;
  const { postgres, kafka, snowflake } = present(started.environment);
  const connections = {
    postgres: { ...postgres.secret, ...postgres.admin },
    kafka: { ...kafka.secret, ...kafka.admin },
    snowflake: { ...snowflake, ...snowflake.admin },
  };
  const filled = await fillSources(connections, size);
  const readers = [await postgresReader(postgres), snowflakeReader(snowflake)] as const;
  const events = await kafkaReader(
    kafka,
    topics.map(({ dataset }) => dataset),
  );
  close.push(readers[0].close, events.close);

  const silver = new Map<string, Silver>();
  for (const [dataset, each] of Object.entries(rules)) silver.set(dataset, new Silver(each, silver));
  const newest = new Map<string, string>();
  const marks = new Marks();
  const count = async (expected: Expected) => {
    tables = new Map([
      ...(await Promise.all(
        postgresTables.map(async ({ dataset, columns }) => [dataset, await readers[0].table(dataset, columns)] as const),
      )),
      ...(await Promise.all(
        snowflakeTables.map(async ({ dataset, columns }) => [dataset, await readers[1].table(dataset, columns)] as const),
      )),
    ]);
    const added = new Map([...(await events.added())].map(([topic, sent]) => [topic, sent.map(fieldsOf)]));
    firstEvents ??= added;
    marks.know(tables);
    const step: (typeof steps)[number] = { expected, counted: {}, marks: {} };
    for (const [dataset, { mode, key, sequence }] of Object.entries(rules)) {
      const rows = tables.get(dataset) ?? added.get(dataset) ?? [];
      const batch = sequence === undefined ? rows : newerThan(rows, sequence, newest, dataset);
      const keys = mode === 'cursor' || mode === 'snapshot' ? rows : undefined;
      const counts = silver.get(dataset)?.load(batch, keys);
      if (counts) step.counted[dataset] = counts;
      step.marks[dataset] = mode === 'offsets' ? marks.ofRecords(dataset, batch) : marks.ofRows(dataset, key, batch, expected.step === 0);
    }
    return step;
  };
  steps = [await count(filled)];
  for (const step of [1, 2]) steps.push(await count(await changeSources(connections, { ...size, step })));
});

afterAll(async () => {
  for (const each of close) await each();
  await end();
});

function present({ postgres, kafka, snowflake }: Environment) {
  if (!postgres || !kafka || !snowflake) throw new Error('expected three sources in the environment');
  return { postgres, kafka, snowflake };
}

function fieldsOf({ value, timestamp }: SentRecord): Fields {
  try {
    const body = JSON.parse(String(value)) as Record<string, unknown>;
    const texts = Object.entries(body).map(([name, each]) => [
      name,
      each === null || typeof each === 'string' ? each : JSON.stringify(each),
    ]);
    return { _value: String(value), _sentAt: timestamp, ...Object.fromEntries(texts) };
  } catch {
    return { _value: null, _sentAt: timestamp };
  }
}

/** What a cursor would read: the rows that were written since the last time. */
function newerThan(rows: Fields[], sequence: string, newest: Map<string, string>, dataset: string): Fields[] {
  const since = newest.get(dataset) ?? '';
  const fresh = rows.filter((row) => String(row[sequence]) > since);
  newest.set(dataset, [since, ...fresh.map((row) => String(row[sequence]))].sort().at(-1) ?? since);
  return fresh;
}

test.each(Object.keys(rules))('%s: every outcome and rule of the fill and two changes comes as often as foretold', (dataset) => {
  for (const { expected, counted } of steps) {
    expect(counted[dataset]?.read).toBeGreaterThan(0);
    const { marks, mayReadAgain, deleted, ...foretold } = expected.datasets[dataset] ?? {};
    expect({ step: expected.step, ...counted[dataset] }).toEqual({ step: expected.step, ...foretold });
  }
});

test.each(Object.keys(rules))('%s: every oddity that changes no outcome comes as often as the rows themselves show', (dataset) => {
  for (const { expected, marks } of steps)
    expect({ step: expected.step, ...marks[dataset] }).toEqual({ step: expected.step, ...expected.datasets[dataset]?.marks });
});

test('the six rows of the source document are there as it prints them, with all their columns', () => {
  const found = (table: string, key: string, id: string) => tables.get(table)?.find((row) => row[key] === id);
  expect(found('users', 'user_id', 'USER001')).toMatchObject({
    first_name: 'Alice',
    last_name: 'Brown',
    email: 'alice.brown@company.com',
    phone: '555-0101',
    address: '123 Main St',
    city: 'New York',
    state: 'NY',
    country: 'USA',
    registration_date: '2023-01-15',
  });
  expect(found('users', 'user_id', 'USER002')).toMatchObject({
    first_name: 'Charlie',
    last_name: 'Davis',
    email: 'charlie.davis@company.com',
    phone: '555-0102',
    address: '456 Oak Ave',
    city: 'Los Angeles',
    state: 'CA',
    country: 'USA',
    registration_date: '2023-02-20',
  });
  expect(found('customer_orders', 'order_id', 'ORD001')).toMatchObject({
    customer_id: 'CUST001',
    customer_name: 'John Doe',
    email: 'john.doe@email.com',
    order_date: '2024-01-15',
    total_amount: '299.99',
    status: 'completed',
    payment_method: 'credit_card',
  });
  expect(found('customer_orders', 'order_id', 'ORD002')).toMatchObject({
    customer_id: 'CUST002',
    customer_name: 'Jane Smith',
    email: 'jane.smith@email.com',
    order_date: '2024-01-16',
    total_amount: '199.50',
    status: 'completed',
    payment_method: 'paypal',
  });
  const event = (id: string) => JSON.parse(firstEvents.get('user_events')?.find(({ event_id }) => event_id === id)?._value ?? '');
  expect(event('EVT001')).toEqual({
    event_id: 'EVT001',
    user_id: 'USER001',
    event_type: 'page_view',
    page_url: '/products',
    timestamp: '2024-01-20T09:00:00Z',
  });
  expect(event('EVT002')).toEqual({
    event_id: 'EVT002',
    user_id: 'USER001',
    event_type: 'add_to_cart',
    product_id: 'PROD001',
    timestamp: '2024-01-20T09:05:00Z',
  });
});

test('the lines of each order come to the total of its header', () => {
  const totals = new Map(
    tables.get('customer_orders')?.map(({ order_id, total_amount }) => [order_id, Math.abs(Math.round(Number(total_amount) * 100))]),
  );
  const placed = (firstEvents.get('order_events') ?? []).filter(
    ({ event_type, order_id }) => event_type === 'order_placed' && totals.has(order_id ?? null),
  );
  expect(placed.length).toBeGreaterThan(size.rows * 0.9);
  for (const { order_id, items } of placed) {
    const lines = JSON.parse(String(items)) as { quantity: number; unit_price: number }[];
    expect(lines.reduce((sum, { quantity, unit_price }) => sum + quantity * Math.round(unit_price * 100), 0)).toBe(
      totals.get(order_id ?? null),
    );
  }
});

test('keys join across the sources', () => {
  const products = new Set(tables.get('product_catalog')?.map(({ product_id }) => product_id));
  const carts = (firstEvents.get('user_events') ?? []).filter(({ product_id }) => product_id);
  expect(carts.filter(({ product_id }) => products.has(product_id ?? null)).length).toBe(carts.length);
  const orders = new Set(tables.get('customer_orders')?.map(({ order_id }) => order_id));
  const booked = (tables.get('financial_transactions') ?? []).filter(({ order_id }) => order_id !== null);
  // Orders that were deleted since have bookings still.
  expect(booked.filter(({ order_id }) => orders.has(order_id ?? null)).length).toBeGreaterThan(booked.length * 0.95);
});

test('customers who are users have their address, in another spelling', () => {
  const users = new Set(tables.get('users')?.map(({ email }) => email));
  const addresses = [...new Set(tables.get('customer_orders')?.map(({ email }) => email))].filter(
    (email) => email?.endsWith('company.com') || email?.endsWith('COMPANY.COM'),
  );
  const known = addresses.filter((email) => users.has(email?.toLowerCase() ?? null));
  expect(known.length).toBeGreaterThan(20);
  expect(known.filter((email) => users.has(email ?? null))).toEqual([]);
});
