/** What the secret `etl/kafka` holds. */
import * as z from 'zod';

/** Of Confluent's API over HTTPS; a login where it asks for one, and a `ca` where its certificate is by an authority of one's own. */
export const SchemaRegistry = z.object({
  url: z.url({ protocol: /^https$/ }),
  username: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  ca: z.string().min(1).optional(),
});
export type SchemaRegistry = z.infer<typeof SchemaRegistry>;

export const KafkaSecret = z.object({
  brokers: z.array(z.string().regex(/^.+:\d+$/)).min(1),
  mechanism: z.enum(['SCRAM-SHA-512', 'PLAIN']),
  username: z.string().min(1),
  password: z.string().min(1),
  /** PEM of the authority that issued the brokers' certificates. */
  ca: z.string().min(1),
  /** Where a contract says `valueFormat: confluent-avro`. */
  schemaRegistry: SchemaRegistry.optional(),
});
