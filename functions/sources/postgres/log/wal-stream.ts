/**
 * The streaming replication protocol over a connection of `pg`, which knows how to log in but not how to copy both ways: the socket is taken
 * over once START_REPLICATION is sent, and closed with the stream. https://www.postgresql.org/docs/current/protocol-replication.html
 */
import type { Socket } from 'node:net';
import type pg from 'pg';
import { EPOCH } from './epoch.ts';
import { lsnText } from './lsn.ts';

/** What lies between two waits for the network: whole messages of the output plugin, and how far the server has come. */
export interface WalMessage {
  /** `data`: `body` holds a message of the plugin from `from` to `to`. `alive`: the server has sent all that is before `lsn`. */
  kind: 'data' | 'alive';
  /** Of the operation in the log, where it is one of a row. */
  lsn: bigint;
  body: Buffer;
  from: number;
  to: number;
}

/** Well below `wal_sender_timeout` (60 s unless set), and often enough that the end of a quiet log is seen soon. */
const ASK_MS = 200;

const COPY_DATA = 0x64; // d
const COPY_BOTH = 0x57; // W
const ERROR = 0x45; // E
const WAL_DATA = 0x77; // w
const KEEPALIVE = 0x6b; // k

interface Connection {
  stream: Socket;
  query(text: string): void;
}

export class WalStream {
  readonly #client: pg.Client;
  readonly #command: string;
  readonly #acknowledged: bigint;
  #socket: Socket | undefined;
  #asking: NodeJS.Timeout | undefined;

  /** `from`: what was committed before it is not sent. `acknowledged`: what lies before it the server need not keep; the ledger has it. */
  constructor(client: pg.Client, slot: string, at: { from: bigint; acknowledged: bigint }, publication: string) {
    this.#client = client;
    this.#acknowledged = at.acknowledged;
    const options = `proto_version '1', publication_names ${client.escapeLiteral(client.escapeIdentifier(publication))}`;
    this.#command = `START_REPLICATION SLOT ${client.escapeIdentifier(slot)} LOGICAL ${lsnText(at.from)} (${options})`;
  }

  /** Whole messages, as many at once as have arrived. Ends only by leaving the loop, which closes the connection, or by an error. */
  async *messages(signal: AbortSignal): AsyncGenerator<WalMessage[]> {
    const socket = this.#takeOver();
    this.#asking = setInterval(() => this.report(this.#acknowledged, true), ASK_MS);
    const abort = () => socket.destroy(signal.reason);
    signal.addEventListener('abort', abort);
    try {
      signal.throwIfAborted();
      const frames = new Frames();
      for await (const piece of socket) {
        const bodies = frames.take(piece as Buffer);
        if (bodies.length > 0) yield bodies;
      }
      throw new Error('Connection terminated unexpectedly');
    } finally {
      signal.removeEventListener('abort', abort);
      this.close();
    }
  }

  /** Tells the server what it need not keep for this slot; `asking`: it answers how far it has come. */
  report(done: bigint, asking: boolean): void {
    const message = Buffer.alloc(39);
    message[0] = COPY_DATA;
    message.writeInt32BE(38, 1);
    message[5] = 0x72; // r
    for (const at of [6, 14, 22]) message.writeBigUInt64BE(done, at);
    message.writeBigInt64BE(BigInt(Date.now()) * 1000n - EPOCH, 30);
    message[38] = asking ? 1 : 0;
    if (this.#socket && !this.#socket.destroyed) this.#socket.write(message);
  }

  /** Also where no message was asked for, or the last one was not waited for. */
  close(): void {
    clearInterval(this.#asking);
    connectionOf(this.#client).stream.destroy();
  }

  #takeOver(): Socket {
    const connection = connectionOf(this.#client);
    connection.stream.removeAllListeners('data');
    connection.stream.pause();
    connection.query(this.#command);
    this.#socket = connection.stream;
    return connection.stream;
  }
}

/** What `pg` has beneath and does not declare. */
const connectionOf = (client: pg.Client) => (client as unknown as { connection: Connection }).connection;

/** Cuts the server's stream into its messages. A message that has not arrived whole waits, in pieces, until it has. */
class Frames {
  #pieces: Buffer[] = [];
  #length = 0;
  #needed = 5;

  take(piece: Buffer): WalMessage[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return [];
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    const found: WalMessage[] = [];
    let at = 0;
    this.#needed = 5;
    while (bytes.length - at >= 5) {
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      const message = messageAt(bytes, at, end);
      if (message) found.push(message);
      at = end;
    }
    this.#pieces = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#length = bytes.length - at;
    return found;
  }
}

function messageAt(bytes: Buffer, at: number, end: number): WalMessage | undefined {
  const type = bytes[at];
  if (type === COPY_DATA) {
    const lsn = bytes.readBigUInt64BE(at + 6);
    if (bytes[at + 5] === WAL_DATA) return { kind: 'data', lsn, body: bytes, from: at + 30, to: end };
    if (bytes[at + 5] === KEEPALIVE) return { kind: 'alive', lsn, body: bytes, from: end, to: end };
  }
  if (type === ERROR) throw serverError(bytes.toString('utf8', at + 5, end));
  if (type === COPY_BOTH || type === 0x4e || type === 0x53) return undefined; // N: notice, S: parameter status
  throw new Error(`expected a stream of the log; found a message ${String.fromCharCode(type ?? 0)} of the server`);
}

/** As `pg` gives it: the words as message, the SQLSTATE as code. */
function serverError(fields: string): Error {
  const found = new Map(fields.split('\0').map((field) => [field[0], field.slice(1)]));
  return Object.assign(new Error(found.get('M') ?? 'an error without words'), { code: found.get('C') });
}
