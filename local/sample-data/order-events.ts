/** Decides the events of `order_events`: what becomes of each order, its lines in the event that it was placed with. */
import { customerOrders } from './customer-orders.ts';
import type { Event, Step, Topic } from './events.ts';
import { hasPlacedEvent, type Order, order } from './orders.ts';
import { idOf } from './people.ts';
import { money } from './products.ts';
import { every, transitions } from './table.ts';
import { isoMicroseconds, LATE_MS, TRANSIT_MS } from './times.ts';
import { users } from './users.ts';

/** What follows on `order_placed`, by the order's index: some are paid and shipped, some never. */
const courses = [[], ['paid'], ['paid', 'shipped'], ['paid', 'shipped', 'delivered'], ['cancelled']] as const;

export const orderEvents: Topic = {
  dataset: 'order_events',
  hasKey: true,
  *events({ seed, scale, step }: Step) {
    for (const { index, before, after } of transitions(customerOrders, scale, step)) {
      if (!after || after.version !== step) continue;
      const of = order(seed, scale, index, after.born);
      if (before) yield eventOf(of, index, 5 + step, 'returned');
      else yield* courseOf(of, index);
    }
  },
};

function* courseOf(of: Order, index: number): Generator<Event> {
  if (hasPlacedEvent(index)) yield eventOf(of, index, 0, 'order_placed');
  for (const [done, type] of (courses[index % courses.length] ?? []).entries()) yield eventOf(of, index, done + 1, type);
}

function eventOf(of: Order, index: number, nth: number, type: string): Event {
  const number = index * 10 + nth;
  const faults = nth === 0 ? [] : faultsOf(number);
  const orphan = nth > 0 && every(310, 102, number);
  const late = every(70, 33, number);
  const onTime = Date.parse(`${of.date}T10:00:00Z`) + nth * 3_600_000;
  const at = onTime - (late ? LATE_MS : 0);
  const orderId = orphan ? `ORD-GONE-${number}` : of.id;
  const body = {
    event_id: idOf('OEV', number),
    order_id: faults.includes('order_events.order_id.required') ? null : orderId,
    customer_id: of.customer.id,
    user_id: of.customer.user === undefined ? null : idOf('USER', of.customer.user),
    event_type: faults.includes('order_events.event_type.allowed') ? 'teleported' : type,
    items:
      nth === 0
        ? of.lines.map(({ product, quantity }) => ({ product_id: product.id, quantity, unit_price: price(product.cents) }))
        : undefined,
    timestamp: isoMicroseconds(at, number),
    schema_version: 1,
  };
  const marks = [late ? 'late' : '', orphan ? 'orphan' : ''].filter((mark) => mark !== '');
  const { user } = of.customer;
  const references = user === undefined ? [] : [{ rule: 'order_events.user_id.reference', to: users, index: user }];
  return { key: of.id, body, sentAt: onTime + TRANSIT_MS, faults, warnings: [], references, marks };
}

/** The event that an order was placed with is never among them: its lines are what sales are counted by. */
function faultsOf(number: number): string[] {
  if (every(150, 71, number)) return ['order_events.event_type.allowed'];
  return every(190, 93, number) ? ['order_events.order_id.required'] : [];
}

/** A JSON number, as applications send it; two digits are exact in it and back. */
function price(cents: number): number {
  return Number(money(cents));
}
