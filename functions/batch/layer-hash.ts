/** The layer hash: a sum over row hashes, as docs/reference/shapes.md specifies it. */

export const EMPTY_HASH = '0'.repeat(32);
const HALF = 1n << 64n;

/** Sum of two layer hashes: each half modulo 2^64. A sum and never an XOR, so that a row twice counts twice. */
export function addHashes(a: string, b: string): string {
  const half = (text: string, at: number) => BigInt(`0x${text.slice(at, at + 16)}`);
  return hashFromHalves(half(a, 0) + half(b, 0), half(a, 16) + half(b, 16));
}

export function hashFromHalves(high: bigint, low: bigint): string {
  return [high, low].map((value) => (value % HALF).toString(16).padStart(16, '0')).join('');
}
