/** Decides the rows of `users`: the production database's accounts, half of them customers too. */
import { dayAfter, idOf, person } from './people.ts';
import { drawFor } from './random.ts';
import { every, type RowAt, type Table } from './table.ts';

const document = [
  {
    user_id: 'USER001',
    first_name: 'Alice',
    last_name: 'Brown',
    email: 'alice.brown@company.com',
    phone: '555-0101',
    address: '123 Main St',
    city: 'New York',
    state: 'NY',
    country: 'USA',
    registration_date: '2023-01-15',
  },
  {
    user_id: 'USER002',
    first_name: 'Charlie',
    last_name: 'Davis',
    email: 'charlie.davis@company.com',
    phone: '555-0102',
    address: '456 Oak Ave',
    city: 'Los Angeles',
    state: 'CA',
    country: 'USA',
    registration_date: '2023-02-20',
  },
];

const malformed = ['not-an-email', 'two@@company.com', 'with space@company.com', '@company.com', 'nobody@'];

export const users: Table = {
  dataset: 'users',
  source: 'postgres',
  load: 'cursor',
  key: ['user_id'],
  written: 'updated_at',
  columns: [
    'user_id',
    'first_name',
    'last_name',
    'email',
    'phone',
    'address',
    'city',
    'state',
    'country',
    'registration_date',
    'updated_at',
  ],
  initial: (scale) => scale.users,
  births: (scale) => Math.floor(scale.users / 50),
  verbatim: document.length,
  faults(index) {
    const faults: string[] = [];
    if (every(100, 17, index) || every(500, 43, index)) faults.push('users.email.pattern');
    if (every(100, 43, index)) faults.push('users.country.required');
    return faults;
  },
  spoils: 'users.email.pattern',
  row({ seed, index, version, faults }: RowAt) {
    const updated_at = `2024-01-10 08:00:00.${String(index % 1_000_000).padStart(6, '0')}+00`;
    const verbatim = document[index];
    if (verbatim) return { ...verbatim, updated_at };
    const who = person(seed, 'user', index);
    // What people change: they move, or take another number.
    const now = version === 0 ? who : { ...who, ...pickNew(seed, index, version) };
    return {
      user_id: idOf('USER', index),
      first_name: who.first,
      last_name: who.last,
      email: faults.includes('users.email.pattern')
        ? (malformed[index % malformed.length] ?? null)
        : every(70, 22, index)
          ? null
          : who.email,
      phone: now.phone,
      address: now.address,
      city: who.place.city,
      state: who.place.state,
      country: faults.includes('users.country.required') ? null : who.place.country,
      registration_date: dayAfter('2022-06-01', drawFor(seed, 'registered', index).whole(0, 500)),
      updated_at,
    };
  },
  marks: ({ seed, index, faults }) => [
    ...(person(seed, 'user', index).unicode ? ['unicode'] : []),
    ...(every(70, 22, index) && faults.length === 0 ? ['no email'] : []),
  ],
};

function pickNew(seed: number, index: number, version: number) {
  const draw = drawFor(seed, 'moved', index, version);
  return { phone: `555-${String(draw.whole(0, 9999)).padStart(4, '0')}`, address: `${draw.whole(1000, 9999)} New Rd, change ${version}` };
}
