/** A place in PostgreSQL's write-ahead log: `16/B374D848` as text, 64 bits as a number. */
import * as z from 'zod';

export const Lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

/**
 * What is added to a place in the log to make a position: by it those of a table that is read whole again are higher than all before, whichever
 * server it is read from.
 */
export const Base = z
  .string()
  .regex(/^-?\d+$/)
  .default('0');

export function lsnNumber(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function lsnText(number: bigint): string {
  return `${(number >> 32n).toString(16)}/${(number & 0xffffffffn).toString(16)}`.toUpperCase();
}
