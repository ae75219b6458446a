/**
 * Reads the messages of the output plugin `pgoutput` (version 1) and says what they mean, without making an object of each value: a tuple is
 * three arrays of places in the message. https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
import { EPOCH } from './epoch.ts';

export interface Relation {
  oid: number;
  columns: { name: string; type: number }[];
}

/** Where the values of a tuple lie: kind (`n` null, `u` unchanged and not sent, `t` text) and range of each column. */
export class Tuple {
  count = 0;
  kinds = new Uint8Array(64);
  starts = new Int32Array(64);
  ends = new Int32Array(64);

  /** Answers where the tuple ends. */
  read(body: Buffer, from: number): number {
    const count = body.readUInt16BE(from);
    if (count > this.kinds.length) this.#grow(count);
    let at = from + 2;
    for (let column = 0; column < count; column += 1) {
      const kind = body[at] as number;
      this.kinds[column] = kind;
      at += 1;
      if (kind !== TEXT) continue;
      const length = body.readInt32BE(at);
      this.starts[column] = at + 4;
      at += 4 + length;
      this.ends[column] = at;
    }
    this.count = count;
    return at;
  }

  #grow(count: number): void {
    this.kinds = new Uint8Array(count);
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
  }
}

export const NULL = 0x6e; // n
export const UNCHANGED = 0x75; // u
export const TEXT = 0x74; // t

/** What the messages say, in the order in which they come. */
export interface Listener {
  /** `at`: when the transaction was committed, in microseconds since 1970. */
  begin(commit: bigint, at: bigint): void;
  commit(): void;
  relation(relation: Relation): void;
  insert(relation: number, row: Tuple, body: Buffer, lsn: bigint): void;
  /** `old`: the whole old row, or its key where that was changed; undefined when the server sends neither. */
  update(relation: number, old: { tuple: Tuple; whole: boolean } | undefined, row: Tuple, body: Buffer, lsn: bigint): void;
  delete(relation: number, old: Tuple, body: Buffer, lsn: bigint): void;
  truncate(relations: number[]): void;
}

const INSERT = 0x49; // I
const UPDATE = 0x55; // U
const DELETE = 0x44; // D
const BEGIN = 0x42; // B
const COMMIT = 0x43; // C
const RELATION = 0x52; // R
const TRUNCATE = 0x54; // T

const row = new Tuple();
const old = new Tuple();

export function hear(body: Buffer, from: number, lsn: bigint, listener: Listener): void {
  const kind = body[from];
  if (kind === INSERT) {
    row.read(body, from + 6);
    listener.insert(body.readUInt32BE(from + 1), row, body, lsn);
  } else if (kind === UPDATE) update(body, from, lsn, listener);
  else if (kind === DELETE) {
    old.read(body, from + 6);
    listener.delete(body.readUInt32BE(from + 1), old, body, lsn);
  } else if (kind === BEGIN) listener.begin(body.readBigUInt64BE(from + 1), body.readBigInt64BE(from + 9) + EPOCH);
  else if (kind === COMMIT) listener.commit();
  else if (kind === RELATION) listener.relation(relationAt(body, from + 1));
  else if (kind === TRUNCATE) listener.truncate(relationsAt(body, from + 1));
  // What is left are types and origins, which say nothing of rows.
}

function relationsAt(body: Buffer, from: number): number[] {
  return Array.from({ length: body.readUInt32BE(from) }, (_, index) => body.readUInt32BE(from + 5 + 4 * index));
}

function update(body: Buffer, from: number, lsn: bigint, listener: Listener): void {
  const relation = body.readUInt32BE(from + 1);
  const kind = body[from + 5];
  if (kind === 0x4e) {
    row.read(body, from + 6);
    listener.update(relation, undefined, row, body, lsn);
  } else {
    const end = old.read(body, from + 6);
    row.read(body, end + 1);
    listener.update(relation, { tuple: old, whole: kind === 0x4f }, row, body, lsn);
  }
}

function relationAt(body: Buffer, from: number): Relation {
  const oid = body.readUInt32BE(from);
  let at = body.indexOf(0, body.indexOf(0, from + 4) + 1) + 2; // Past schema, name and replica identity.
  const count = body.readUInt16BE(at);
  at += 2;
  const columns: Relation['columns'] = [];
  for (let column = 0; column < count; column += 1) {
    const end = body.indexOf(0, at + 1);
    columns.push({ name: body.toString('utf8', at + 1, end), type: body.readUInt32BE(end + 1) });
    at = end + 9;
  }
  return { oid, columns };
}
