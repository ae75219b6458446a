/** CSV as the landing reads it, written byte by byte: a value is quoted, a null is empty. Values pass from the server's bytes to these without becoming text. */

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** Below so many bytes a loop is faster than a call to copy them. */
const SHORT = 40;

export class CsvBytes {
  /** Of all rows so far. */
  written = 0;
  #bytes = Buffer.allocUnsafe(1 << 20);
  #at = 0;
  #isFirst = true;

  get length(): number {
    return this.#at;
  }

  null(): void {
    this.#reserve(2);
    this.#separate();
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.range(bytes, 0, bytes.length);
  }

  range(from: Buffer, start: number, end: number): void {
    this.#reserve(2 * (end - start) + 4);
    this.#separate();
    this.#bytes[this.#at++] = QUOTE;
    if (end - start < SHORT) this.#loop(from, start, end);
    else this.#copy(from, start, end);
    this.#bytes[this.#at++] = QUOTE;
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
    if (!this.#isFirst) this.#bytes[this.#at++] = COMMA;
    this.#isFirst = false;
  }

  #loop(from: Buffer, start: number, end: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let index = start; index < end; index += 1) {
      const byte = from[index] as number;
      bytes[at++] = byte;
      if (byte === QUOTE) bytes[at++] = QUOTE;
    }
    this.#at = at;
  }

  #copy(from: Buffer, start: number, end: number): void {
    const value = from.subarray(start, end);
    let copied = 0;
    for (let quote = value.indexOf(QUOTE); quote >= 0; quote = value.indexOf(QUOTE, copied)) {
      this.#at += value.copy(this.#bytes, this.#at, copied, quote + 1);
      this.#bytes[this.#at++] = QUOTE;
      copied = quote + 1;
    }
    this.#at += value.copy(this.#bytes, this.#at, copied);
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
