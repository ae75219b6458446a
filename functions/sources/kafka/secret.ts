/** What the secret `etl/kafka` holds. */
import * as z from 'zod';

export const KafkaSecret = z.object({
  brokers: z.array(z.string().regex(/^.+:\d+$/)).min(1),
  mechanism: z.enum(['SCRAM-SHA-512', 'PLAIN']),
  username: z.string().min(1),
  password: z.string().min(1),
  /** PEM of the authority that issued the brokers' certificates. */
  ca: z.string().min(1),
});
