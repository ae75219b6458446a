/** The rules of the eleven contracts, written out once more: a dataset after those that its references lead to. */
import type { Fields, Rules } from './silver.ts';

const misses = (column: string) => (row: Fields) => row[column] === null || row[column] === undefined;
const unlike = (column: string, pattern: RegExp) => (row: Fields) => typeof row[column] === 'string' && !pattern.test(row[column]);
const below = (column: string, least: number) => (row: Fields) => typeof row[column] === 'string' && Number(row[column]) < least;
const outside = (column: string, ...allowed: string[]) =>
  unlike(column, new RegExp(`^(${allowed.map((value) => value.replace(/[+?.]/g, '\\$&')).join('|')})$`));
const email = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
const number = /^-?\d+(\.\d+)?$/;

/** Of an unparsable record nothing else is said. */
const readable = (isBroken: (row: Fields) => boolean) => (row: Fields) => !misses('_value')(row) && isBroken(row);
const ofRecords = (rules: Record<string, (row: Fields) => boolean>) =>
  Object.fromEntries(Object.entries(rules).map(([rule, isBroken]) => [rule, readable(isBroken)]));

export const rules: Record<string, Rules> = {
  users: {
    mode: 'cursor',
    key: ['user_id'],
    sequence: 'updated_at',
    quarantine: { 'users.email.pattern': unlike('email', email), 'users.country.required': misses('country') },
    warn: {},
  },
  product_catalog: {
    mode: 'snapshot',
    key: ['product_id'],
    quarantine: { 'product_catalog.list_price.range': below('list_price', 0), 'product_catalog.name.required': misses('name') },
    warn: { 'product_catalog.list_price.sql': (row) => Number(row.list_price) < Number(row.unit_cost) },
  },
  customer_orders: {
    mode: 'cursor',
    key: ['order_id'],
    sequence: 'updated_at',
    quarantine: {
      'customer_orders.email.pattern': unlike('email', email),
      'customer_orders.total_amount.range': below('total_amount', 0),
      'customer_orders.customer_id.required': misses('customer_id'),
      'customer_orders.order_date.sql': ({ order_date, updated_at }) =>
        Date.parse(String(order_date)) - Date.parse(String(updated_at).slice(0, 10)) > 86_400_000,
    },
    warn: { 'customer_orders.status.allowed': outside('status', 'pending', 'completed', 'shipped', 'refunded', 'cancelled') },
  },
  subscriptions: {
    mode: 'cursor',
    key: ['subscription_id'],
    sequence: 'updated_at',
    quarantine: {
      'subscriptions.price.range': below('price', 0),
      'subscriptions.ends_at.sql': ({ ends_at, started_at }) => typeof ends_at === 'string' && ends_at < String(started_at),
    },
    warn: { 'subscriptions.plan.allowed': outside('plan', 'basic', 'pro', 'enterprise') },
    references: {
      'subscriptions.user_id.reference': { column: 'user_id', to: 'users' },
    },
  },
  product_inventory: {
    mode: 'snapshot',
    key: ['product_id', 'warehouse_id'],
    quarantine: { 'product_inventory.quantity_on_hand.range': below('quantity_on_hand', 0) },
    warn: { 'product_inventory.quantity_reserved.sql': (row) => Number(row.quantity_reserved) > Number(row.quantity_on_hand) },
    references: {
      'product_inventory.product_id.reference': { column: 'product_id', to: 'product_catalog' },
    },
  },
  user_sessions: {
    mode: 'append',
    key: ['session_id'],
    sequence: 'created_at',
    quarantine: { 'user_sessions.pages_viewed.range': below('pages_viewed', 0) },
    warn: {},
    references: {
      'user_sessions.user_id.reference': { column: 'user_id', to: 'users' },
    },
  },
  financial_transactions: {
    mode: 'append',
    key: ['transaction_id'],
    sequence: 'created_at',
    quarantine: {
      'financial_transactions.amount.required': misses('amount'),
      'financial_transactions.currency.pattern': unlike('currency', /^[A-Z]{3}$/),
    },
    warn: { 'financial_transactions.type.allowed': outside('type', 'payment', 'refund', 'fee', 'payout', 'expense') },
    references: {
      'financial_transactions.order_id.reference': { column: 'order_id', to: 'customer_orders' },
    },
  },
  user_events: {
    mode: 'offsets',
    key: ['event_id'],
    quarantine: {
      'user_events.value.json': misses('_value'),
      ...ofRecords({
        'user_events.timestamp.type': (row) => Number.isNaN(Date.parse(String(row.timestamp))),
        'user_events.event_id.required': misses('event_id'),
      }),
    },
    warn: ofRecords({
      'user_events.event_type.allowed': outside('event_type', 'page_view', 'search', 'add_to_cart', 'checkout', 'purchase', 'login'),
    }),
    references: {
      'user_events.user_id.reference': { column: 'user_id', to: 'users' },
      'user_events.product_id.reference': { column: 'product_id', to: 'product_catalog' },
    },
  },
  order_events: {
    mode: 'offsets',
    key: ['event_id'],
    quarantine: {
      'order_events.value.json': misses('_value'),
      ...ofRecords({
        'order_events.event_type.allowed': outside('event_type', 'order_placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned'),
        'order_events.order_id.required': misses('order_id'),
      }),
    },
    warn: {},
    references: {
      'order_events.user_id.reference': { column: 'user_id', to: 'users' },
    },
  },
  inventory_updates: {
    mode: 'offsets',
    key: ['event_id'],
    quarantine: {
      'inventory_updates.value.json': misses('_value'),
      ...ofRecords({
        'inventory_updates.change.type': unlike('change', number),
        'inventory_updates.quantity_after.range': below('quantity_after', 0),
      }),
    },
    warn: ofRecords({ 'inventory_updates.reason.allowed': outside('reason', 'sale', 'restock', 'return', 'stocktaking') }),
    references: {
      'inventory_updates.product_id.reference': { column: 'product_id', to: 'product_catalog' },
    },
  },
  system_metrics: {
    mode: 'offsets',
    key: [],
    quarantine: {
      'system_metrics.value.json': misses('_value'),
      ...ofRecords({ 'system_metrics.value.type': unlike('value', number), 'system_metrics.metric.required': misses('metric') }),
    },
    warn: {},
  },
};
