/** Decides who the people are: names, addresses and e-mail addresses, one person an index, some in other scripts. */
import { drawFor } from './random.ts';
import { every } from './table.ts';

const firstNames = [
  'Alice',
  'Charlie',
  'Maria',
  'David',
  'Emma',
  'Frank',
  'Grace',
  'Henry',
  'Ivy',
  'Jack',
  'Karen',
  'Liam',
  'Nina',
  'Omar',
];
const lastNames = ['Brown', 'Davis', 'Garcia', 'Miller', 'Wilson', 'Moore', "O'Brien", 'Taylor', 'Thomas', 'White', 'Harris', 'Clark'];
/** Composed and combining accents, right-to-left, beyond the basic plane: what a careless encoding would break. */
const unicodeNames = [
  ['Zoë', 'Müller-Lüdenscheidt'],
  ['Jose\u0301', 'Nún\u0303ez'],
  ['Łukasz', 'Żółć'],
  ['小明', '王'],
  ['Νίκος', 'Παπαδόπουλος'],
  ['مريم', 'الحسن'],
  ['𠮷野', '家👩‍💻'],
] as const;
const streets = ['Main St', 'Oak Ave', 'Pine Rd', 'Lake View "B"', 'Mill\\Lane', 'Station Rd, rear', 'Hill\tStreet', 'Two\nLines'];
const places = [
  { city: 'New York', state: 'NY', country: 'USA', currency: 'USD' },
  { city: 'Los Angeles', state: 'CA', country: 'USA', currency: 'USD' },
  { city: 'Austin', state: 'TX', country: 'USA', currency: 'USD' },
  { city: 'München', state: 'Bayern', country: 'DEU', currency: 'EUR' },
  { city: 'Lyon', state: null, country: 'FRA', currency: 'EUR' },
  { city: 'Leeds', state: 'England', country: 'GBR', currency: 'GBP' },
] as const;

export interface Person {
  first: string;
  last: string;
  email: string;
  phone: string;
  address: string;
  place: (typeof places)[number];
  unicode: boolean;
}

export function person(seed: number, kind: 'user' | 'customer', index: number): Person {
  const draw = drawFor(seed, kind, index);
  const unicode = every(60, 9, index);
  const [first, last] = unicode ? draw.pick(unicodeNames) : [draw.pick(firstNames), draw.pick(lastNames)];
  return {
    first,
    last,
    email: `${kind}.${index + 1}.${draw.whole(100, 999)}@${kind === 'user' ? 'company' : 'email'}.com`,
    phone: `555-${String(draw.whole(0, 9999)).padStart(4, '0')}`,
    address: `${draw.whole(1, 999)} ${draw.pick(streets)}`,
    place: draw.pick(places),
    unicode,
  };
}

/** `USER001`, `ORD1234`: the source document's way to write an id. */
export function idOf(prefix: string, index: number): string {
  return `${prefix}${String(index + 1).padStart(3, '0')}`;
}

/** A day as `YYYY-MM-DD`, counted from a first one. */
export function dayAfter(first: string, days: number): string {
  return new Date(Date.parse(`${first}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
