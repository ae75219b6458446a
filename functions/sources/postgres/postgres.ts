/** PostgreSQL as a source: by a cursor or whole, through COPY; or by its log of changes. */
import type { PlanRequest, ReadRequest, Source } from '../source.ts';
import { classify } from './classify.ts';
import { planLog } from './log/plan-log.ts';
import { LogRead, readLog } from './log/read-log.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';
import { PostgresSecret } from './secret.ts';

export const postgres = {
  secret: PostgresSecret,
  plan: (request: PlanRequest) => (request.contract.load.mode === 'log' ? planLog(request) : plan(request)),
  read: (request: ReadRequest) => (LogRead.safeParse(request.chunk.read).success ? readLog(request) : read(request)),
  classify,
} satisfies Source;
