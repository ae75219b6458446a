/** Fills a topic of four partitions for the benchmarks that read it. */
import { Producer, stringSerializers } from '@platformatic/kafka';
import type { Environment } from '../../local/environment.ts';

type Secret = NonNullable<Environment['kafka']>['secret'];
const PARTITIONS = 4;
const BATCH = 1_000;

/** Events of about 250 bytes, in batches of lz4. */
export async function fillTopic({ brokers, mechanism, username, password, ca }: Secret, topic: string, events: number): Promise<void> {
  const sasl = { mechanism, username, password };
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: brokers, tls: { ca }, sasl, serializers: stringSerializers });
  for (let at = 0; at < events; at += BATCH) {
    const messages = Array.from({ length: Math.min(BATCH, events - at) }, (_, index) => event(topic, at + index));
    await producer.send({ messages, compression: 'lz4' });
  }
  await producer.close();
}

function event(topic: string, number: number) {
  const body = {
    event_id: `EVT${number}`,
    user_id: `USER${number % 5_000}`,
    event_type: 'page_view',
    page_url: `/products/${number % 300}`,
    timestamp: new Date(1.7e12 + number).toISOString(),
    properties: { position: number % 20, note: `${(number * 7_919) % 1_000_003}`.repeat(8) },
  };
  return { topic, partition: Math.floor(number / BATCH) % PARTITIONS, key: body.user_id, value: JSON.stringify(body) };
}
