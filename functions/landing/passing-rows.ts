/** Rows on their way into the file that DuckDB reads (copy-text.ts): the last one has to be whole, and the longest one decides how it is read. */
import { FIRST_LINE } from './copy-text.ts';
import { truncated } from './truncated.ts';

const LINE_FEED = 0x0a;

export class PassingRows implements AsyncIterable<Uint8Array> {
  /** In bytes, of the longest row so far or of a piece of several: no less than the longest row has. */
  longest = 0;
  readonly #dataset: string;
  readonly #rows: AsyncIterable<Uint8Array>;

  constructor(dataset: string, rows: AsyncIterable<Uint8Array>) {
    this.#dataset = dataset;
    this.#rows = rows;
  }

  /** @throws StreamTruncated: a row that is cut within its last value would look like a whole one. */
  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    yield FIRST_LINE;
    let open = 0;
    for await (const piece of this.#rows) {
      const end = piece.lastIndexOf(LINE_FEED);
      this.longest = Math.max(this.longest, open + piece.length);
      open = end < 0 ? open + piece.length : piece.length - end - 1;
      yield piece;
    }
    if (open > 0) throw truncated(this.#dataset, 'a line feed behind the last row', 'a row that is cut off');
  }
}
