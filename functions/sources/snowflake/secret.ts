/** What the secret `etl/snowflake` holds. */
import * as z from 'zod';

const OAUTH = ['clientId', 'clientSecret', 'tokenUrl', 'scope'] as const;

export const SnowflakeSecret = z
  .object({
    account: z.string().min(1),
    accessUrl: z.url(),
    /** The four of OAuth; without them all, the function logs in by its own identity at AWS. */
    clientId: z.string().min(1).optional(),
    clientSecret: z.string().min(1).optional(),
    tokenUrl: z.url().optional(),
    scope: z.string().min(1).optional(),
    role: z.string().min(1),
    warehouse: z.string().min(1),
    database: z.string().min(1),
    schema: z.string().min(1),
    /** The storage integration by which Snowflake may write into landing itself; without one all rows go through the function. */
    integration: z.string().min(1).optional(),
    /** It writes what has more rows than these; without the number, than the contract's chunkRows. */
    unloadRows: z.number().int().nonnegative().optional(),
  })
  .superRefine((secret, context) => {
    const missing = OAUTH.filter((field) => secret[field] === undefined);
    if (missing.length === OAUTH.length) return;
    for (const field of missing)
      context.addIssue({ code: 'custom', path: [field], message: 'is missing beside the other fields of OAuth' });
  });
export type SnowflakeSecret = z.infer<typeof SnowflakeSecret>;
