/** Decides which sources are filled and changed, and brings what the pipeline should report of each dataset together. */
import pg from 'pg';
import { customerOrders } from './customer-orders.ts';
import { expectedOfTopic, type Topic } from './events.ts';
import type { Expected } from './expected.ts';
import { financialTransactions } from './financial-transactions.ts';
import { inventoryUpdates } from './inventory-updates.ts';
import { type KafkaWriter, writeTopics } from './kafka.ts';
import { orderEvents } from './order-events.ts';
import { changeTable, fillTable } from './postgres.ts';
import { productCatalog } from './product-catalog.ts';
import { productInventory } from './product-inventory.ts';
import { scaleFor } from './scale.ts';
import { type SnowflakeWriter, writeTables } from './snowflake.ts';
import { expectedOf } from './steps.ts';
import { subscriptions } from './subscriptions.ts';
import { systemMetrics } from './system-metrics.ts';
import type { Table } from './table.ts';
import { userEvents } from './user-events.ts';
import { userSessions } from './user-sessions.ts';
import { users } from './users.ts';

export interface PostgresWriter {
  host: string;
  port: number;
  database: string;
  username: string;
  password: string;
  ca: string;
}

/** Who may write to the sources: never the reader that the pipeline uses. A source left out is left alone. */
export interface Connections {
  postgres?: PostgresWriter;
  kafka?: KafkaWriter;
  snowflake?: SnowflakeWriter;
}

export const postgresTables: readonly Table[] = [users, subscriptions, productInventory, userSessions];
export const snowflakeTables: readonly Table[] = [customerOrders, productCatalog, financialTransactions];
export const topics: readonly Topic[] = [userEvents, orderEvents, inventoryUpdates, systemMetrics];

export function fillSources(connections: Connections, size: { rows: number; seed: number }): Promise<Expected> {
  return stepSources(connections, { ...size, step: 0 });
}

/** Steps come one after the other: 1, 2, 3, …, with the size and seed of the fill. */
export function changeSources(connections: Connections, change: { rows: number; seed: number; step: number }): Promise<Expected> {
  if (!Number.isSafeInteger(change.step) || change.step < 1) {
    throw new RangeError(`sample data: expected a change's step from 1 on; found ${change.step}; step 0 is the fill`);
  }
  return stepSources(connections, change);
}

async function stepSources(
  { postgres, kafka, snowflake }: Connections,
  { rows, seed, step }: Omit<Expected, 'datasets'>,
): Promise<Expected> {
  const scale = scaleFor(rows);
  const at = { scale, seed, step };
  if (postgres) await writePostgres(postgres, at);
  if (snowflake) await writeTables(snowflake, snowflakeTables, at);
  if (kafka) await writeTopics(kafka, topics, at);
  const tables = [...(postgres ? postgresTables : []), ...(snowflake ? snowflakeTables : [])];
  const datasets = [
    ...tables.map((table) => [table.dataset, expectedOf(table, scale, seed, step)] as const),
    ...(kafka ? topics : []).map((topic) => [topic.dataset, expectedOfTopic(topic, at)] as const),
  ];
  return { rows, seed, step, datasets: Object.fromEntries(datasets) };
}

async function writePostgres(
  { host, port, database, username: user, password, ca }: PostgresWriter,
  { scale, seed, step }: { scale: ReturnType<typeof scaleFor>; seed: number; step: number },
): Promise<void> {
  const client = new pg.Client({ host, port, database, user, password, ssl: { ca } });
  await client.connect();
  try {
    for (const table of postgresTables) {
      if (step === 0) await fillTable(client, table, scale, seed);
      else await changeTable(client, table, scale, seed, step);
    }
  } finally {
    await client.end();
  }
}
