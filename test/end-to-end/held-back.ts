/** Keeps a run from going on at a chosen place, for as long as a test works on it there. */
import { DeleteFunctionConcurrencyCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import type { Stage } from '../../cli/stage.ts';
import { functionName } from '../../config/names.ts';
import { until } from '../until.ts';
import { connectAsAdmin } from './production-database.ts';

/** Whoever calls the function is throttled meanwhile, and waits to try again. */
export async function withThrottled(folder: string, work: () => Promise<void>): Promise<void> {
  const client = new LambdaClient({});
  const FunctionName = functionName(folder);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  try {
    await work();
  } finally {
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}

/** Any number that nobody else locks. */
const LOCK = 7_041;

/**
 * A COPY of `users` hangs in its first row meanwhile, and nothing else does. `hanging` waits for one that hangs, beside those named,
 * and says which server process it is.
 */
export async function withHangingCopy<Result>(
  stage: Stage,
  work: (hanging: (...beside: number[]) => Promise<number>) => Promise<Result>,
): Promise<Result> {
  const admin = await connectAsAdmin(stage);
  // Locked by the session and not by a transaction, whose age would hold the upper bound of a plan.
  await admin.query(`SELECT pg_advisory_lock(${LOCK})`);
  await admin.query(
    `CREATE POLICY hanging_copy ON users USING (current_query() NOT LIKE 'COPY %' OR pg_advisory_xact_lock_shared(${LOCK}) IS NOT NULL)`,
  );
  await admin.query('ALTER TABLE users ENABLE ROW LEVEL SECURITY');
  const waiting = async (beside: number[]) => {
    const { rows } = await admin.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'advisory' AND pid <> ALL ($1)",
      [beside],
    );
    return rows[0]?.pid;
  };
  try {
    return await work((...beside) => until('a COPY of users to hang', () => waiting(beside), 60));
  } finally {
    await admin.query(`SELECT pg_advisory_unlock(${LOCK})`);
    await admin.query('ALTER TABLE users DISABLE ROW LEVEL SECURITY');
    await admin.query('DROP POLICY hanging_copy ON users');
    await admin.end();
  }
}
