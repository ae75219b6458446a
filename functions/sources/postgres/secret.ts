/** What the secret `etl/postgres` holds. */
import * as z from 'zod';

export const PostgresSecret = z.object({
  host: z.string().min(1),
  port: z.number().int(),
  database: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
  /** PEM of the authority that issued the server's certificate. */
  ca: z.string().min(1),
});
