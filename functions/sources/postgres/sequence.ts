/** The column that orders a table's rows: a time or a number, how exact it is, and the SQL by which ranges of it are told. */
import pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { sourceName } from '../../contract/source-name.ts';
import { SequenceUnusable } from '../../errors.ts';
import type { Table } from './table-columns.ts';

export interface Sequence {
  kind: 'time' | 'number';
  /** The column, quoted. */
  column: string;
  /** Values of its type that have no place in the order. */
  unplaced: string[];
  /** Seconds by which the column's own rounding may put a time before the start of the transaction that wrote it. */
  roundingSeconds: number;
  lookbackSeconds: number;
  /** `exact`: the server itself sets it, by default or trigger, in the transaction that brings the row. Else the lookback is all there is. */
  precision: 'exact' | 'bounded';
  /** Each update of a row sets it anew, by a trigger: a row that moves to another page is one with a later place. */
  setByUpdates: boolean;
}

interface Found {
  type: string;
  typmod: number;
  set: boolean;
  set_by_updates: boolean;
  replicated: boolean;
  skips: boolean;
}

/** Times of the transaction or later; and the generators of numbers. */
const SETS = String.raw`^((now|transaction_timestamp|statement_timestamp|clock_timestamp)\(\)|CURRENT_TIMESTAMP|nextval\(.*)$`;

/** @throws SequenceUnusable. */
export async function readSequence(client: pg.Client, contract: Contract, { oid, members }: Table): Promise<Sequence> {
  const { sequence = '', lookbackSeconds } = contract.load;
  const name = sourceName(contract, sequence);
  const { rows } = await client.query<Found>(
    `WITH setting AS (
       SELECT tgtype FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgtype & 3 = 3 -- BEFORE, FOR EACH ROW
     ), generator AS (
       SELECT refobjid AS oid FROM pg_depend JOIN pg_attrdef d ON classid = 'pg_attrdef'::regclass AND objid = d.oid
       WHERE d.adrelid = $1 AND d.adnum = (SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2)
       UNION SELECT objid FROM pg_depend
       WHERE classid = 'pg_class'::regclass AND refobjid = $1 AND deptype = 'i'
         AND refobjsubid = (SELECT attnum FROM pg_attribute WHERE attrelid = $1 AND attname = $2)
     )
     SELECT format_type(a.atttypid, NULL) AS type, a.atttypmod AS typmod,
            a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) ~ $3, false) OR EXISTS (SELECT FROM setting WHERE tgtype & 4 > 0) AS set,
            EXISTS (SELECT FROM setting WHERE tgtype & 16 > 0) AS set_by_updates,
            EXISTS (SELECT FROM pg_subscription_rel WHERE srrelid = ANY($4)) AS replicated,
            EXISTS (SELECT FROM pg_sequence JOIN generator ON oid = seqrelid WHERE seqcache > 1 OR seqincrement < 0 OR seqcycle) AS skips
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = $1 AND a.attname = $2`,
    [oid, name, SETS, members],
  );
  const [found] = rows;
  const kind = found && kindOf(found);
  if (!found || !kind) {
    throw unusable(
      contract,
      'a sequence of type timestamp with time zone, smallint, integer, bigint or numeric(18,0)',
      `${name} ${found?.type}`,
    );
  }
  if (kind === 'number' && lookbackSeconds > 0) {
    throw unusable(contract, 'lookbackSeconds only where the sequence is a time', `${lookbackSeconds} for ${name} ${found.type}`);
  }
  if (kind === 'number' && found.skips) {
    throw unusable(
      contract,
      `numbers of ${name} that only rise, for all sessions`,
      'a generator with CACHE above 1, CYCLE or a negative increment',
    );
  }
  return {
    kind,
    column: pg.escapeIdentifier(name),
    unplaced: kind === 'time' ? ['infinity', '-infinity'] : found.type === 'numeric' ? ['NaN'] : [],
    roundingSeconds: kind === 'time' && found.typmod >= 0 ? 10 ** -found.typmod : 0,
    lookbackSeconds,
    precision: found.set && !found.replicated ? 'exact' : 'bounded',
    setByUpdates: found.set_by_updates,
  };
}

function unusable({ dataset }: Contract, expected: string, found: string): SequenceUnusable {
  const remedy = `name such a column in contracts/postgres/${dataset}.yaml, mend the table, or set loadMode to snapshot there`;
  return new SequenceUnusable({ dataset, expected, found, remedy });
}

/** Only a point in time can be held against the start of other sessions' transactions; a time without its zone is none. */
function kindOf({ type, typmod }: Found): Sequence['kind'] | undefined {
  if (type === 'timestamp with time zone') return 'time';
  if (['smallint', 'integer', 'bigint'].includes(type)) return 'number';
  // Precision and scale, as the server packs them. More than 18 digits, or a fraction, have no place in Silver's bigint.
  const packed = typmod - 4;
  return type === 'numeric' && packed >= 0 && packed >> 16 <= 18 && (packed & 0x7ff) === 0 ? 'number' : undefined;
}

/**
 * A cursor as it is written in a watermark. @throws SequenceUnusable when it is one of the other kind: the column has another type by now,
 * or is another one, where the watermark does not say which.
 */
export function checkCursor(contract: Contract, { kind }: Sequence, cursor: string | null): void {
  if (cursor === null || /^-?\d+$/.test(cursor) === (kind === 'number')) return;
  throw new SequenceUnusable({
    dataset: contract.dataset,
    expected: `a watermark that is a ${kind}, as ${contract.load.sequence} is`,
    found: `${cursor}, of another column, or of this one before its type changed`,
    remedy: `npx etl run --dataset ${contract.dataset} --mode full --wait, which reads the table from its beginning`,
  });
}

/** Rows from the cursor on, the lookback included. A time's upper bound is not among them; a number's is, and so is the last one's. */
export function between(sequence: Sequence, lower: string | null, upper: string): string {
  const { column, kind, lookbackSeconds } = sequence;
  if (kind === 'number') return `${lower === null ? '' : `${column} >= ${lower} AND `}${column} <= ${upper}`;
  const from = lower === null ? `${column} > '-infinity'` : `${column} >= ${lessSeconds(lower, lookbackSeconds)}`;
  return `${from} AND ${column} < ${pg.escapeLiteral(upper)}`;
}

/** Of those the ones that the batch before cannot have had. */
export function newer(sequence: Sequence, lower: string | null, upper: string): string {
  if (sequence.kind === 'number' && lower !== null) return `${sequence.column} > ${lower} AND ${sequence.column} <= ${upper}`;
  return between({ ...sequence, lookbackSeconds: 0 }, lower, upper);
}

/** The rows within the lookback below a bound. */
export function lookedBack({ column, lookbackSeconds }: Sequence, bound: string): string {
  return `${column} >= ${lessSeconds(bound, lookbackSeconds)} AND ${column} < ${pg.escapeLiteral(bound)}`;
}

/** Rows that have no place in the order. */
export function isUnplaced({ column, unplaced }: Sequence): string {
  const odd = unplaced.length === 0 ? '' : ` OR ${column} IN (${unplaced.map(pg.escapeLiteral).join(', ')})`;
  return `(${column} IS NULL${odd})`;
}

function lessSeconds(time: string, seconds: number): string {
  const literal = pg.escapeLiteral(time);
  return seconds === 0 ? literal : `${literal}::timestamptz - interval '${seconds} seconds'`;
}
