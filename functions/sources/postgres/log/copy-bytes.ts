/** Rows as COPY prints them in its text format, written byte by byte: values pass from the server's bytes to these without becoming text. */

const code = (character: string) => character.charCodeAt(0);
const TAB = code('\t');
const LINE_FEED = code('\n');
const RETURN = code('\r');
const BACKSLASH = code('\\');
/** A null is a `\` and this. */
const NULL_LETTER = code('N');

/** What stands behind a `\` for a byte that would be taken for the end of a value or row, or for a `\` of that kind; 0 of all others. */
const ESCAPES = new Uint8Array(256);
ESCAPES[TAB] = code('t');
ESCAPES[LINE_FEED] = code('n');
ESCAPES[RETURN] = code('r');
ESCAPES[BACKSLASH] = BACKSLASH;

export class CopyBytes {
  /** Of all rows so far. */
  written = 0;
  #bytes = Buffer.allocUnsafe(1 << 20);
  #at = 0;
  #isFirst = true;

  get length(): number {
    return this.#at;
  }

  null(): void {
    this.#reserve(3);
    this.#separate();
    this.#bytes[this.#at++] = BACKSLASH;
    this.#bytes[this.#at++] = NULL_LETTER;
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.range(bytes, 0, bytes.length);
  }

  range(from: Buffer, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 1);
    this.#separate();
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = start; index < end; index += 1) {
      const byte = from[index] as number;
      const letter = ESCAPES[byte] as number;
      if (letter === 0) bytes[at++] = byte;
      else {
        bytes[at++] = BACKSLASH;
        bytes[at++] = letter;
      }
    }
    this.#at = at;
  }

  endRow(): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = LINE_FEED;
    this.#isFirst = true;
  }

  /** What was written since it was taken last. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at);
    this.written += taken.length;
    this.#bytes = Buffer.allocUnsafe(Math.max(1 << 20, taken.length));
    this.#at = 0;
    return taken;
  }

  #separate(): void {
    if (!this.#isFirst) this.#bytes[this.#at++] = TAB;
    this.#isFirst = false;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
