/** The row hash, worked out from docs/reference/shapes.md for the tests alone. */
import { createHash } from 'node:crypto';

/** A value's text, or the octets of one that is binary. */
export type HashedValue = string | Uint8Array | null;

/** Octets, a colon, the value, a comma; a hyphen and a comma for null. */
export function canonicalText(values: readonly HashedValue[]): Buffer {
  const pieces = values.map((value) => {
    if (value === null) return Buffer.from('-,');
    const octets = Buffer.from(value);
    return Buffer.concat([Buffer.from(`${octets.length}:`), octets, Buffer.from(',')]);
  });
  return Buffer.concat(pieces);
}

export function rowHash(values: readonly HashedValue[]): string {
  return createHash('md5').update(canonicalText(values)).digest('hex');
}
