/** Sends events to `user_events` at a steady pace by the clock, and knows how many were acknowledged. */
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, stringSerializers } from '@platformatic/kafka';
import type { Environment } from '../../local/environment.ts';
import { idOf } from '../../local/sample-data/people.ts';
import { scaleFor, smallestRows } from '../../local/sample-data/scale.ts';

export const TOPIC = 'user_events';
/** SQL for the `event_id` of the events by their number. */
export const EVENT_ID_SQL = "'STEADY' || lpad(number::VARCHAR, 9, '0')";
/** Events of one request; at 5,000 a second one goes every 200 ms. */
const REQUEST = 1_000;
const TYPES = ['page_view', 'page_view', 'page_view', 'search', 'add_to_cart', 'checkout', 'purchase', 'login'];
/** The references of the events are there: the sample data as the tests fill it. */
const { users, products } = scaleFor(smallestRows);

export class SteadyProducer {
  /** Events that the broker has acknowledged. */
  sent = 0;
  /** The most that it was ever behind its own clock. */
  latestMilliseconds = 0;
  readonly #aSecond: number;
  readonly #producer: Producer<string, string, string, string>;

  constructor({ brokers, secret, admin }: NonNullable<Environment['kafka']>, aSecond: number) {
    this.#aSecond = aSecond;
    this.#producer = new Producer({
      clientId: 'sustained',
      bootstrapBrokers: brokers,
      tls: { ca: secret.ca },
      sasl: admin,
      serializers: stringSerializers,
      // A request that is sent again is written once, so that offsets count events.
      idempotent: true,
    });
  }

  /** What it could not send in a second it makes up for in the next. */
  async sendFor(milliseconds: number): Promise<void> {
    const total = (milliseconds / 1_000) * this.#aSecond;
    const begun = performance.now();
    while (this.sent < total) {
      const count = Math.min(REQUEST, total - this.sent);
      const dueAt = begun + ((this.sent + count) / this.#aSecond) * 1_000;
      await pause(Math.max(0, dueAt - performance.now()));
      const messages = Array.from({ length: count }, (_, index) => eventAt(this.sent + index));
      await this.#producer.send({ messages, compression: 'lz4' });
      this.sent += count;
      this.latestMilliseconds = Math.max(this.latestMilliseconds, performance.now() - dueAt);
    }
    await this.#producer.close();
  }
}

/** Some 330 bytes as JSON. Its key spreads events over the partitions, and one in ten happened before the one that was sent before it. */
function eventAt(number: number) {
  const type = TYPES[number % TYPES.length];
  const user = idOf('USER', (number * 7) % users);
  const product = type === 'add_to_cart' || type === 'purchase' ? idOf('PROD', number % products) : undefined;
  const body = {
    event_id: `STEADY${String(number).padStart(9, '0')}`,
    user_id: user,
    event_type: type,
    page_url: type === 'page_view' ? `/products/${number % 300}` : undefined,
    product_id: product,
    timestamp: new Date(Date.now() - (number % 10 === 0 ? 2_000 : 0)).toISOString(),
    session_id: `SESSION-${user}-${Math.floor(number / 100_000)}`,
    properties: { position: number % 20, note: `${(number * 7_919) % 1_000_003}`.repeat(8) },
    schema_version: 2,
  };
  return { topic: TOPIC, key: user, value: JSON.stringify(body) };
}
