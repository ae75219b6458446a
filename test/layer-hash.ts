/** The layer hash of rows, worked out from docs/reference/shapes.md for the tests alone. */
import { type HashedValue, rowHash } from './row-hash.ts';

export function layerHash(rows: readonly (readonly HashedValue[])[]): string {
  const halves = [0, 16].map((from) => rows.reduce((sum, row) => sum + BigInt(`0x${rowHash(row).slice(from, from + 16)}`), 0n));
  return halves.map((sum) => BigInt.asUintN(64, sum).toString(16).padStart(16, '0')).join('');
}
