/** Decides the rows of `customer_orders`: the CRM's headers of all orders, as Snowflake has them. */
import { order } from './orders.ts';
import { dayAfter } from './people.ts';
import { money } from './products.ts';
import { drawFor } from './random.ts';
import { every, type RowAt, type Table } from './table.ts';

const statuses = ['pending', 'completed', 'shipped', 'refunded', 'cancelled'] as const;
const methods = ['credit_card', 'paypal', 'bank_transfer', 'gift_card'] as const;
const malformed = ['not-an-email', 'two@@email.com', 'with space@email.com', '@email.com', 'nobody@'];

const isMisspelt = (index: number) => every(50, 29, index);

export const customerOrders: Table = {
  dataset: 'customer_orders',
  source: 'snowflake',
  load: 'cursor',
  key: ['order_id'],
  written: 'updated_at',
  columns: [
    'order_id',
    'customer_id',
    'customer_name',
    'email',
    'order_date',
    'total_amount',
    'status',
    'payment_method',
    'currency',
    'updated_at',
  ],
  initial: (scale) => scale.orders,
  births: (scale) => Math.floor(scale.orders / 50),
  verbatim: 2,
  newest: 1,
  faults(index) {
    const faults: string[] = [];
    if (every(100, 17, index)) faults.push('customer_orders.email.pattern');
    if (every(200, 61, index)) faults.push('customer_orders.total_amount.range');
    if (every(250, 83, index)) faults.push('customer_orders.customer_id.required');
    return faults;
  },
  spoils: 'customer_orders.email.pattern',
  copy: (index) => (every(240, 55, index) ? 'same' : every(120, 31, index) ? 'older' : undefined),
  row({ seed, scale, index, version, born, faults }: RowAt) {
    const { id, customer, date, cents } = order(seed, scale, index, born);
    const draw = drawFor(seed, 'payment', index);
    const verbatim = index < 2;
    return {
      order_id: id,
      customer_id: faults.includes('customer_orders.customer_id.required') ? null : customer.id,
      customer_name: customer.name,
      email: faults.includes('customer_orders.email.pattern') ? (malformed[index % malformed.length] ?? null) : customer.email,
      order_date: date,
      total_amount: money(faults.includes('customer_orders.total_amount.range') ? -cents : cents),
      status: verbatim ? 'completed' : statusOf(index, version),
      payment_method: verbatim ? (methods[index] ?? null) : draw.pick(methods),
      currency: customer.currency,
      // All long before the second of the document's orders, which a cursor therefore reads again.
      updated_at:
        index === 1 ? '2024-07-01 12:00:00.000000+00' : `${dayAfter(date, 1)} 08:00:00.${String(index % 1_000_000).padStart(6, '0')}+00`,
    };
  },
  warnings: ({ index }) => (isMisspelt(index) ? ['customer_orders.status.allowed'] : []),
  marks: ({ seed, scale, index, born }) => (order(seed, scale, index, born).customer.unicode ? ['unicode'] : []),
};

function statusOf(index: number, version: number): string {
  const status = statuses[(index + version) % statuses.length] ?? 'pending';
  return isMisspelt(index) ? `${status.toUpperCase()}?` : status;
}
