/** Decides the rows of `financial_transactions`: the ledger's bookings, only ever added to, as Snowflake has them. */
import { customerOrders } from './customer-orders.ts';
import { order } from './orders.ts';
import { dayAfter } from './people.ts';
import { money } from './products.ts';
import { drawFor } from './random.ts';
import type { Scale } from './scale.ts';
import { every, type RowAt, type Table } from './table.ts';

/** Beyond 64 bits, as NUMBER(38,0) allows. */
const firstId = 100_000_000_000_000_000_001n;
const offsets = ['+00:00', '-05:00', '+05:30', '+01:00'] as const;

export const financialTransactions: Table = {
  dataset: 'financial_transactions',
  source: 'snowflake',
  load: 'append',
  key: ['transaction_id'],
  written: 'created_at',
  columns: ['transaction_id', 'order_id', 'account', 'type', 'amount', 'currency', 'occurred_at', 'posted_date', 'created_at'],
  initial: (scale) => scale.transactions,
  births: (scale) => Math.floor(scale.transactions / 20),
  verbatim: 1,
  newest: 0,
  faults(index) {
    if (every(100, 57, index)) return ['financial_transactions.amount.required'];
    return every(200, 133, index) ? ['financial_transactions.currency.pattern'] : [];
  },
  copy: (index) => (every(150, 88, index) ? 'same' : undefined),
  row(at: RowAt) {
    const { seed, index, faults } = at;
    const draw = drawFor(seed, 'booking', index);
    const { type, account, cents, orderId, currency, day } = bookingOf(at);
    const fraction = String((index * 7) % 1_000_000).padStart(6, '0');
    return {
      transaction_id: String(firstId + BigInt(index)),
      order_id: orderId,
      account: isSuspense(index) ? '9999 Suspense' : account,
      type: isUnknown(index) ? 'adjustment' : type,
      amount: faults.includes('financial_transactions.amount.required') ? null : money(cents),
      currency: faults.includes('financial_transactions.currency.pattern') ? '$' : currency,
      occurred_at: `${day} ${String(draw.whole(0, 23)).padStart(2, '0')}:30:00.${fraction} ${draw.pick(offsets)}`,
      posted_date: dayAfter(day, draw.whole(0, 3)),
      // All long before the first, which a cursor therefore reads again.
      created_at: index === 0 ? '2024-07-01 12:00:00.000000+00' : `${dayAfter(day, 1)} 06:00:00.${fraction}+00`,
    };
  },
  warnings: ({ index }) => (isUnknown(index) ? ['financial_transactions.type.allowed'] : []),
  references: ({ scale, index }) =>
    isOfOrder(index) ? [{ rule: 'financial_transactions.order_id.reference', to: customerOrders, index: orderOf(scale, index) }] : [],
  marks: ({ index, version }) => (isLate(index, version) ? ['late'] : []),
};

/** Payments, refunds and fees belong to an order of the fill, in turn. */
const isOfOrder = (index: number) => index % 10 < 8;
const orderOf = (scale: Scale, index: number) => index % scale.orders;
const isSuspense = (index: number) => every(70, 3, index);
const isUnknown = (index: number) => every(110, 19, index);
const isLate = (index: number, version: number) => version > 0 && every(10, 6, index);

function bookingOf({ seed, scale, index, version }: RowAt) {
  const of = order(seed, scale, orderOf(scale, index), 0);
  const draw = drawFor(seed, 'booked', index);
  const day = version === 0 ? dayAfter(of.date, draw.whole(0, 2)) : dayAfter('2024-07-02', version - (isLate(index, version) ? 5 : 0));
  const booked = { orderId: of.id, currency: of.customer.currency, day };
  if (index % 10 < 6) return { ...booked, type: 'payment', account: '4000 Sales', cents: of.cents };
  switch (index % 10) {
    case 6:
      return { ...booked, type: 'refund', account: '4100 Returns', cents: -of.cents };
    case 7:
      return { ...booked, type: 'fee', account: '6200 Card fees', cents: -Math.floor(of.cents / 50) };
    case 8:
      return {
        ...booked,
        orderId: null,
        currency: 'EUR' as const,
        type: 'payout',
        account: '1010 Bank',
        cents: draw.whole(1_00, 9_000_00),
      };
    default:
      return {
        ...booked,
        orderId: null,
        currency: 'USD' as const,
        type: 'expense',
        account: '6100 Büromaterial',
        cents: -draw.whole(1_00, 500_00),
      };
  }
}
