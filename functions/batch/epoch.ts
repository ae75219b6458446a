/** The epoch of a dataset's transaction ids in Delta: each restore begins a new one, so that its replays are no repeats to Delta. */
import type { BatchMode } from './batch-plan.ts';

/** `epoch`: the head's. A restore's own number is higher than all before, and is no other restore's. */
export function epochOf(mode: BatchMode, seq: number, epoch: number): number {
  return mode === 'restore' ? seq : epoch;
}
