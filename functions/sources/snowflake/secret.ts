/** What the secret `etl/snowflake` holds. */
import * as z from 'zod';

export const SnowflakeSecret = z.object({
  account: z.string().min(1),
  accessUrl: z.url(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  tokenUrl: z.url(),
  scope: z.string().min(1),
  role: z.string().min(1),
  warehouse: z.string().min(1),
  database: z.string().min(1),
  schema: z.string().min(1),
});
