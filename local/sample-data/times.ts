/** Decides when events happen: the fill's spread over half a year, each change's over a day after it. */

const day = 86_400_000;

/** `share`: how far through the step's time, from 0 to 1. */
export function timeOf(step: number, share: number): number {
  if (step === 0) return Date.parse('2024-01-01T00:00:00Z') + Math.floor(share * 180 * day);
  return Date.parse('2024-07-02T00:00:00Z') + step * day + Math.floor(share * day);
}

/** From an event to its arrival at the broker. */
export const TRANSIT_MS = 250;
/** How much longer one takes that comes late. */
export const LATE_MS = 2 * day;

/** ISO 8601 in UTC, to the microsecond: the last three digits are the event's own. */
export function isoMicroseconds(at: number, index: number): string {
  return new Date(at).toISOString().replace('Z', `${String(index % 1_000).padStart(3, '0')}Z`);
}
