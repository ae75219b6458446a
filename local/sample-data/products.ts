/** Decides what is sold: names, categories and prices, in cents, by index. */
import { idOf } from './people.ts';
import { drawFor } from './random.ts';

const categories = ['Books', 'Electronics', 'Garden', 'Kitchen', 'Toys'] as const;
const brands = ['Acme', 'Globex', 'Initech', 'Umbrella & Söhne'] as const;
const things = ['Lamp', 'Kettle', 'Chair "Deluxe"', 'Café Press', 'Robot', '茶壺', 'Notebook, ruled', 'Drill'] as const;

export interface Product {
  id: string;
  sku: string;
  name: string;
  category: (typeof categories)[number];
  brand: (typeof brands)[number];
  /** What it was sold for first; the catalogue's price changes later, an order's never does. */
  cents: number;
}

export function product(seed: number, index: number): Product {
  const draw = drawFor(seed, 'product', index);
  const category = draw.pick(categories);
  return {
    id: idOf('PROD', index),
    sku: `${category.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(5, '0')}`,
    name: `${draw.pick(things)} ${index + 1}`,
    category,
    brand: draw.pick(brands),
    // The two of the source document's orders cost what those orders came to.
    cents: [299_99, 199_50][index] ?? draw.whole(1_00, 250_00),
  };
}

/** `12.50`, `-3.00`: never by way of a float. */
export function money(cents: number): string {
  const whole = Math.abs(cents);
  return `${cents < 0 ? '-' : ''}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`;
}
