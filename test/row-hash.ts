/** The row hash, worked out from docs/reference/shapes.md for the tests alone. */
import { createHash } from 'node:crypto';

/** Octets, a colon, the text, a comma; a hyphen and a comma for null. */
export function canonicalText(texts: readonly (string | null)[]): string {
  return texts.map((text) => (text === null ? '-,' : `${new TextEncoder().encode(text).length}:${text},`)).join('');
}

export function rowHash(texts: readonly (string | null)[]): string {
  return createHash('md5').update(canonicalText(texts), 'utf8').digest('hex');
}
