/** A cadence as EventBridge writes it: `rate(1 hour)`, `rate(15 minutes)`, `rate(2 days)`. */
import * as z from 'zod';

const RATE = /^rate\((?:1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)$/;
const MINUTES: Record<string, number> = { minute: 1, hour: 60, day: 1440 };

export const Rate = z.string().regex(RATE, 'not a rate, such as rate(1 hour) or rate(30 minutes)');

export function minutesOf(rate: string): number {
  const [, one, count, many] = RATE.exec(rate) ?? [];
  const unit = MINUTES[one ?? many?.slice(0, -1) ?? ''];
  if (unit === undefined) throw new TypeError(`not a rate: ${rate}`);
  return Number(count ?? 1) * unit;
}
