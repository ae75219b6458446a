/**
 * Plans a batch of a table whose changes Snowflake keeps (CHANGE_TRACKING): the first is the table as it was at one moment, each later one
 * what has changed from the moment of the batch before to its own, net. https://docs.snowflake.com/en/sql-reference/constructs/changes
 */
import { CHANGE_COLUMNS, type Operation } from '../../batch/change-columns.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import { ChangesExpired, ChangesUnavailable, PointInTimeExpired } from '../../errors.ts';
import type { SourcePlan } from '../source.ts';
import { countRows, rowChunks, type SnowflakeRead, selectOf, type Table } from './chunks.ts';
import { classify } from './classify.ts';
import { literal, placeOf, quoted, type SnowflakeColumn, textOf } from './table-columns.ts';
import { type ChangesWatermark, countedBy } from './watermark.ts';

/** Of a quiet table a batch moves `until` on, before Snowflake forgets what came after it: it keeps a day unless told otherwise. */
const QUIET_MICROSECONDS = 12n * 3_600n * 1_000_000n;

const IS_DELETE = "METADATA$ACTION = 'DELETE'";

/** Whether `until` may stand where the table has not changed since. */
export const isRecent = ({ until }: ChangesWatermark, now: string) => microseconds(now) - microseconds(until) < QUIET_MICROSECONDS;

/** The whole table. `isAgain`: Silver has rows, of which those go that the table has no more. @throws ChangesUnavailable */
export async function planWhole(table: Table, isAgain: boolean): Promise<SourcePlan> {
  const { connection, contract, change, now, source } = table;
  await countChanges(table, now).catch((error: unknown) => {
    throw isGone(error, contract.dataset) ? unavailable(contract, placeIn(table), error) : error;
  });
  const columns = [...table.columns, ...changeColumns(literal('read' satisfies Operation), literal(position(now, 1n)), now)];
  const rows = await countRows(connection, source);
  // By the driver: a file that Snowflake writes would have a position that is no integer.
  const byDriver = { ...table, columns, connection: { ...connection, integration: undefined } };
  return {
    complete: isAgain,
    precision: 'exact',
    bounds: { lower: null, upper: now },
    watermark: { change, until: now, ...countedBy(contract) } satisfies ChangesWatermark,
    columns: columns.map(({ landed }) => landed),
    chunks: await rowChunks(byDriver, undefined, rows, contract.load.chunkRows),
  };
}

/** @throws ChangesExpired */
export async function planChanges(table: Table, before: ChangesWatermark): Promise<SourcePlan | undefined> {
  const { contract, change, now } = table;
  const { until } = before;
  const count = await countChanges(table, until).catch((error: unknown) => {
    throw isGone(error, contract.dataset) ? expired(contract, until, placeIn(table), error) : error;
  });
  if (count === 0 && isRecent(before, now)) return undefined;
  const columns = [...withoutDeleted(table), ...changeColumns(operation(), positionOf(now), now)];
  const landed = columns.map((column) => column.landed);
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower: until, upper: now },
    watermark: { change, until: now, ...countedBy(contract) } satisfies ChangesWatermark,
    columns: landed,
    chunks: [
      {
        id: chunkId('rows', 0),
        role: 'rows',
        columns: landed,
        read: { query: selectOf(columns, changesSince(table, until)) } satisfies SnowflakeRead,
      },
    ],
  };
}

const countChanges = (table: Table, since: string) => countRows(table.connection, changesSince(table, since));

/** What was changed after `since`, up to and with the moment of the batch: both rows of an update, a deletion and an insertion. */
function changesSince(table: Table, since: string): string {
  const [from, to] = [since, table.now].map((moment) => `(TIMESTAMP => ${literal(moment)}::TIMESTAMP_LTZ)`);
  return `${placeIn(table)} CHANGES (INFORMATION => DEFAULT) AT ${from} END ${to}`;
}

function placeIn({ connection, contract }: Table): string {
  const { schema, table } = placeOf(connection, contract);
  return `${quoted(schema)}.${quoted(table)}`;
}

/** Of a row that was deleted its key alone: the rest is of no use to anyone, and perhaps a person's. */
function withoutDeleted({ columns, contract }: Table): SnowflakeColumn[] {
  return columns.map((column) =>
    contract.key.includes(column.landed.name)
      ? column
      : { ...column, type: 'TEXT', identifier: `IFF(${IS_DELETE}, NULL, ${textOf(column)})` },
  );
}

const operation = () => `IFF(${IS_DELETE}, ${literal('delete' satisfies Operation)}, ${literal('insert' satisfies Operation)})`;

/** Of a key that was deleted and inserted, as by an update, the insertion counts. */
const positionOf = (now: string) => `IFF(${IS_DELETE}, ${literal(position(now, 0n))}, ${literal(position(now, 1n))})`;
const position = (now: string, place: bigint) => String(microseconds(now) * 2n + place);

/** In the order of CHANGE_COLUMNS, as texts. Snowflake tells what was changed by a moment, and not when. */
function changeColumns(operation: string, position: string, now: string): SnowflakeColumn[] {
  const values = [operation, position, literal(String(microseconds(now))), 'NULL'];
  return CHANGE_COLUMNS.map((landed, index) => ({ landed, identifier: values[index] ?? 'NULL', type: 'TEXT' }));
}

/** Of a moment as the plan writes it, `2024-01-15 10:00:00.123456789 +00:00`, since 1970. */
function microseconds(moment: string): bigint {
  const [, day, time, fraction = '', zone] = /^(\S+) ([\d:]+)\.(\d+) ([+-]\d\d:\d\d)$/.exec(moment) ?? [];
  return BigInt(Date.parse(`${day}T${time}${zone}`)) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}

/** Snowflake says the same of a table whose changes it does not keep and of one whose changes it keeps no more. */
const isGone = (error: unknown, dataset: string) => classify(error, dataset) instanceof PointInTimeExpired;

function unavailable({ dataset }: Contract, place: string, cause: unknown): ChangesUnavailable {
  return new ChangesUnavailable({
    dataset,
    expected: `Snowflake to keep the changes of ${place}`,
    found: 'that it does not',
    remedy: `have the owner run ALTER TABLE ${place} SET CHANGE_TRACKING = TRUE`,
    cause,
  });
}

function expired({ dataset }: Contract, until: string, place: string, cause: unknown): ChangesExpired {
  return new ChangesExpired({
    dataset,
    expected: `the changes of ${place} since ${until}`,
    found: 'that Snowflake keeps them no more, or that the table was made anew',
    remedy: `read it whole once: npx etl run --dataset ${dataset} --mode full --wait; and raise DATA_RETENTION_TIME_IN_DAYS of the table above the longest pause between two runs`,
    cause,
  });
}
