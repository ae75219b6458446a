/** What the chunks of a batch are called: `rows-0001`, `rows-0002`, …, and `keys-0001` where the complete key set is read. */
import type { Role } from './batch-plan.ts';

/** `index`: from 0. */
export function chunkId(role: Role, index: number): string {
  return `${role}-${String(index + 1).padStart(4, '0')}`;
}
