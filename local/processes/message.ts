/** What a supervisor tells the process that started it. */
import type { ServiceName } from './service.ts';

export type Message =
  | { kind: 'ready'; service: ServiceName; seconds: number }
  | { kind: 'up' }
  /** Another supervisor has this environment already. */
  | { kind: 'taken' }
  | { kind: 'failed'; message: string };
