/** What a schema found wrong, as text: each place and why, never a value. */
import type { z } from 'zod';

/** `whole`: what a place without a name is called. `within`: where all of them are. */
export function issuesText({ issues }: z.ZodError, whole: string, within?: string): string {
  return issues
    .map(({ path, message }) => `${[within, ...path].filter((part) => part !== undefined).join('.') || whole}: ${message}`)
    .join('; ');
}
