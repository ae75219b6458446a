/** Decides what was ordered, by whom and when: the one truth behind Snowflake's order headers and Kafka's order events. */
import { type Customer, customer } from './customers.ts';
import { dayAfter, idOf } from './people.ts';
import { type Product, product } from './products.ts';
import { drawFor } from './random.ts';
import type { Scale } from './scale.ts';
import { every } from './table.ts';

/** Rows of the source document. */
const documentOrders = 2;

export interface Order {
  id: string;
  customer: Customer;
  /** `YYYY-MM-DD` */
  date: string;
  lines: { product: Product; quantity: number }[];
  cents: number;
}

/** `born`: the step that the order came with; 0 is the fill. */
export function order(seed: number, scale: Scale, index: number, born: number): Order {
  const draw = drawFor(seed, 'order', index);
  const verbatim = index < documentOrders;
  const lines = Array.from({ length: verbatim ? 1 : draw.whole(1, 4) }, (_, line) => ({
    product: product(seed, verbatim ? index : (draw.whole(0, scale.products - 5) + line) % scale.products),
    quantity: verbatim ? 1 : draw.whole(1, 3),
  }));
  return {
    id: idOf('ORD', index),
    customer: customer(seed, verbatim ? index : 2 + ((index * 7) % (scale.customers - 2)), born),
    date: orderDate(index, born, draw.whole(0, 175)),
    lines,
    cents: lines.reduce((sum, line) => sum + line.product.cents * line.quantity, 0),
  };
}

/** Some orders never got an event: their lines are unknown. */
export function hasPlacedEvent(index: number): boolean {
  return index < documentOrders || !every(60, 7, index);
}

function orderDate(index: number, born: number, day: number): string {
  if (index < documentOrders) return dayAfter('2024-01-15', index);
  return born === 0 ? dayAfter('2024-01-01', day) : dayAfter('2024-07-02', born);
}
