/** Reads a part of the log: the changes of one table, from where the part before ended to the bound of the batch, or to where the part is full. */
import * as z from 'zod';
import type { ChunkStream } from '../../../batch/chunk-stream.ts';
import type { ReadRequest } from '../../source.ts';
import { connect, withConnection } from '../connection.ts';
import { ChangeRows } from './change-rows.ts';
import { publicationOf } from './check-log.ts';
import { AT_ONCE, LookUp } from './look-up.ts';
import { Base, Lsn, lsnNumber, lsnText } from './lsn.ts';
import { hear } from './pgoutput.ts';
import { untilFree } from './slot.ts';
import { WalStream } from './wal-stream.ts';

/** `lower`: what the ledger has committed, and all that the server is told of. */
export const LogRead = z.object({ slot: z.string(), lower: Lsn, upper: Lsn, table: z.number(), fills: z.boolean(), base: Base });
export type LogRead = z.infer<typeof LogRead>;

/** Where a part begins: at which transaction, and how many of its rows landed before. */
const Rest = z.object({ lsn: Lsn, skip: z.number() });

/** Rows of a part, in /tmp beside its Parquet. */
const MOST_BYTES = 512 * 1024 * 1024;
/** A part ends by itself well before the function is stopped. */
const MOST_MS = 5 * 60_000;
/**
 * What a part has for new rows, however late they come: a large transaction is sent again from its beginning, once the server has decoded it
 * whole.
 */
const LEAST_MS = 60_000;
const PIECE = 256 * 1024;

export async function readLog({ contract, chunk, ticket, signal }: ReadRequest): Promise<ChunkStream> {
  const { slot, lower, upper, table, fills, base } = LogRead.parse(chunk.read);
  const from = ticket === undefined ? { lsn: lower, skip: 0 } : Rest.parse(JSON.parse(ticket));
  const limits = { rows: contract.load.chunkRows, bytes: MOST_BYTES };
  const at = { from: lsnNumber(from.lsn), acknowledged: lsnNumber(lower) };
  const wanted = { contract, columns: chunk.columns, table, upper: lsnNumber(upper), base: BigInt(base), skip: from.skip, fills, limits };
  const rows = new ChangeRows(wanted, at.from);
  await withConnection(`wait ${contract.dataset}`, (client) => untilFree(client, slot));
  const stream = new WalStream(
    await connect(`log ${contract.dataset}`, { replication: 'database' }),
    slot,
    at,
    publicationOf(contract.dataset),
  );
  const lookUp = new LookUp(contract, chunk.columns);
  let isComplete = false;
  return {
    kind: 'copy',
    bytes: (async function* () {
      let until = Date.now() + MOST_MS;
      for await (const messages of stream.messages(signal)) {
        if (!rows.hasAdvanced) until = Math.max(until, Date.now() + LEAST_MS);
        for (const { kind, body, from, lsn } of messages) {
          if (kind === 'alive') rows.alive(lsn);
          else hear(body, from, lsn, rows);
          if (rows.ended) break;
        }
        const isOver = rows.ended || (rows.hasAdvanced && Date.now() > until);
        if (isOver || rows.unfilled.length >= AT_ONCE) await lookUp.fill(rows);
        if (rows.bytes.length >= PIECE) yield rows.bytes.take();
        if (isOver) break;
      }
      yield rows.bytes.take();
      isComplete = true;
    })(),
    rowCount: () => (isComplete ? rows.count : -1),
    rest: () => (rows.isWhole ? undefined : ticketOf(rows.rest)),
    close: async () => {
      stream.close();
      await lookUp.close();
    },
  };
}

const ticketOf = ({ commit, rows }: ChangeRows['rest']) =>
  JSON.stringify({ lsn: lsnText(commit), skip: rows } satisfies z.infer<typeof Rest>);
