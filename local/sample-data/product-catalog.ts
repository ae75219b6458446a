/** Decides the rows of `product_catalog`: the ERP's list of products, some of them there twice, as Snowflake has it. */
import { dayAfter } from './people.ts';
import { money, product } from './products.ts';
import { drawFor } from './random.ts';
import { every, type RowAt, type Table } from './table.ts';

export const productCatalog: Table = {
  dataset: 'product_catalog',
  source: 'snowflake',
  load: 'snapshot',
  key: ['product_id'],
  written: 'updated_at',
  columns: [
    'product_id',
    'sku',
    'name',
    'category',
    'brand',
    'unit_cost',
    'list_price',
    'currency',
    'is_active',
    'attributes',
    'updated_at',
  ],
  initial: (scale) => scale.products,
  births: () => 2,
  verbatim: 2,
  faults(index) {
    if (every(20, 13, index)) return ['product_catalog.list_price.range'];
    return every(40, 27, index) ? ['product_catalog.name.required'] : [];
  },
  copy: (index) => (every(40, 31, index) ? 'same' : undefined),
  row({ seed, index, version, faults }: RowAt) {
    const { id, sku, name, category, brand, cents } = product(seed, index);
    const draw = drawFor(seed, 'catalogue', index);
    const now = version === 0 ? cents : cents + drawFor(seed, 'price', index, version).whole(1, 5_00);
    const attributes = {
      colour: draw.pick(['rot', 'blue', 'ｗｈｉｔｅ', null]),
      weight_kg: draw.whole(1, 90) / 10,
      tags: [category, 'née'],
      size: { unit: 'cm', w: draw.whole(1, 99) },
    };
    return {
      product_id: id,
      sku,
      name: faults.includes('product_catalog.name.required') ? null : name,
      category,
      brand: every(30, 5, index) ? null : brand,
      // Four digits: two thirds of the price and a bit.
      unit_cost: `${money(Math.floor((now * 2) / 3))}${String(draw.whole(0, 99)).padStart(2, '0')}`,
      list_price: money(faults.includes('product_catalog.list_price.range') ? -now : now),
      currency: 'USD',
      is_active: !every(25, 9, index),
      attributes: every(30, 11, index) ? null : JSON.stringify(attributes),
      updated_at: `${dayAfter('2024-01-02', index % 90)} 08:00:00.${String(index % 1_000_000_000).padStart(9, '0')}`,
    };
  },
  // A price below nothing is below the cost.
  warnings: ({ faults }) => (faults.includes('product_catalog.list_price.range') ? ['product_catalog.list_price.sql'] : []),
};
