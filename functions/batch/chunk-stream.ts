/** What a source hands over to be landed: a chunk's rows as they are read. */

/**
 * A chunk's rows on their way to the landing writer.
 * `copy`: bytes as PostgreSQL's COPY prints them in its text format; where a row is one column, with an empty text beside it.
 * `records`: batches of rows, one value a column.
 * `rowCount` is asked after the last byte: what the source says it sent, so that a truncated stream never looks complete.
 * `rest` is asked after it: the ticket by which what is left of the chunk is read as its next part; undefined when nothing is.
 * `stored`: files below the batch's folder that the source has written by itself, as Parquet of the chunk's columns, with the rows that it
 * says each has.
 * `pending`: the source works on it; ask again with the ticket after the pause.
 */
export type ChunkStream =
  | { kind: 'copy'; bytes: AsyncIterable<Uint8Array>; rowCount: () => number; rest?: () => string | undefined; close: () => Promise<void> }
  | { kind: 'records'; batches: AsyncIterable<readonly (readonly LandedValue[])[]>; rowCount: () => number; close: () => Promise<void> }
  | { kind: 'stored'; files: readonly StoredFile[]; close: () => Promise<void> }
  | { kind: 'pending'; ticket: string; waitSeconds: number };

export interface StoredFile {
  url: string;
  rows: number;
}

export type LandedValue = string | number | bigint | boolean | Uint8Array | null;
