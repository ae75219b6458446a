/** How a stage reads PostgreSQL, beyond the credentials in its secret. */
import * as z from 'zod';

export const PostgresSettings = z.strictObject({
  /** A source that is held by a lock must not hold the pipeline: then the chunk is tried again. */
  lockTimeoutSeconds: z.int().min(1).default(30),
  /** A statement of a function that is no more ends with it: 15 minutes are the function's own limit. */
  statementTimeoutSeconds: z.int().min(1).default(900),
  /** `host:port` of a replica that chunks are read from, once it has come as far as the primary was when they were planned. */
  replica: z
    .string()
    .regex(/^[\w.-]+:\d+$/, 'expected host:port')
    .optional(),
  /** How long a chunk waits for the replica to come so far; then it is tried again. */
  replicaWaitSeconds: z.int().min(0).default(60),
});
export type PostgresSettings = z.infer<typeof PostgresSettings>;
