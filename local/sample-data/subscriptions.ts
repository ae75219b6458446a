/** Decides the rows of `subscriptions`: the billing system's, about one for every second user. */
import { dayAfter, idOf, person } from './people.ts';
import { drawFor } from './random.ts';
import type { Scale } from './scale.ts';
import { every, type RowAt, type Table } from './table.ts';
import { users } from './users.ts';

const plans = { basic: '9.99', pro: '29.00', enterprise: '199.50' } as const;
const planNames = ['basic', 'pro', 'enterprise'] as const;
const statuses = ['active', 'past_due', 'cancelled', 'trialing'] as const;

const userOf = (scale: Scale, index: number) => (index * 2) % scale.users;
const isLegacy = (index: number) => every(50, 13, index);
const isOrphan = (index: number) => every(80, 31, index);

export const subscriptions: Table = {
  dataset: 'subscriptions',
  source: 'postgres',
  load: 'cursor',
  key: ['subscription_id'],
  written: 'updated_at',
  columns: ['subscription_id', 'user_id', 'plan', 'status', 'price', 'currency', 'started_at', 'ends_at', 'cancelled_at', 'updated_at'],
  initial: (scale) => scale.subscriptions,
  births: (scale) => Math.floor(scale.subscriptions / 50),
  verbatim: 0,
  faults(index) {
    if (every(100, 27, index)) return ['subscriptions.ends_at.sql'];
    return every(100, 61, index) ? ['subscriptions.price.range'] : [];
  },
  row({ seed, scale, index, version, faults }: RowAt) {
    const draw = drawFor(seed, 'subscription', index);
    const plan = draw.pick(planNames);
    const user = userOf(scale, index);
    const started = draw.whole(0, 200);
    const status = statuses[(index + version) % statuses.length] ?? 'active';
    const lasts = faults.includes('subscriptions.ends_at.sql') ? -30 : 365;
    return {
      subscription_id: idOf('SUB', index),
      user_id: isOrphan(index) ? `USER-GONE-${index}` : idOf('USER', user),
      plan: isLegacy(index) ? 'legacy-2019' : plan,
      status,
      price: faults.includes('subscriptions.price.range') ? `-${plans[plan]}` : plans[plan],
      currency: person(seed, 'user', user).place.currency,
      started_at: `${dayAfter('2023-06-01', started)} 00:00:00+00`,
      // Monthly ones have no end.
      ends_at: faults.length === 0 && draw.chance(0.3) ? null : `${dayAfter('2023-06-01', started + lasts)} 00:00:00+00`,
      cancelled_at: status === 'cancelled' ? `${dayAfter('2024-01-01', version)} 12:34:56.789012+00` : null,
      updated_at: `2024-01-10 08:00:00.${String(index % 1_000_000).padStart(6, '0')}+00`,
    };
  },
  warnings: ({ index }) => (isLegacy(index) ? ['subscriptions.plan.allowed'] : []),
  references: ({ scale, index }) => [
    { rule: 'subscriptions.user_id.reference', to: users, index: isOrphan(index) ? undefined : userOf(scale, index) },
  ],
  marks: ({ index }) => (isOrphan(index) ? ['orphan'] : []),
};
