/** Decides the rows of `product_inventory`: what each warehouse holds of each product. */
import { idOf } from './people.ts';
import { productCatalog } from './product-catalog.ts';
import { drawFor } from './random.ts';
import { warehouses } from './scale.ts';
import { every, type RowAt, type Table } from './table.ts';

const productOf = (index: number) => Math.floor(index / warehouses.length);
const isOrphan = (index: number) => every(150, 110, index);

export const productInventory: Table = {
  dataset: 'product_inventory',
  source: 'postgres',
  load: 'snapshot',
  key: ['product_id', 'warehouse_id'],
  written: 'updated_at',
  columns: ['product_id', 'warehouse_id', 'quantity_on_hand', 'quantity_reserved', 'reorder_point', 'updated_at'],
  initial: (scale) => scale.products * warehouses.length,
  births: () => warehouses.length,
  verbatim: 0,
  faults: (index) => (every(100, 37, index) ? ['product_inventory.quantity_on_hand.range'] : []),
  row({ seed, index, version, faults }: RowAt) {
    const draw = drawFor(seed, 'inventory', index, version);
    const onHand = draw.whole(0, 500);
    return {
      product_id: isOrphan(index) ? `PROD-GONE-${index}` : idOf('PROD', productOf(index)),
      warehouse_id: warehouses[index % warehouses.length] ?? warehouses[0],
      quantity_on_hand: faults.length > 0 ? -1 - onHand : onHand,
      quantity_reserved: draw.whole(0, Math.floor(onHand / 4)),
      reorder_point: 10 * draw.whole(1, 10),
      updated_at: `2024-01-10 08:00:00.${String(index % 1_000_000).padStart(6, '0')}+00`,
    };
  },
  // A stock below nothing is less than what is reserved of it.
  warnings: ({ faults }) => (faults.length > 0 ? ['product_inventory.quantity_reserved.sql'] : []),
  references: ({ index }) => [
    { rule: 'product_inventory.product_id.reference', to: productCatalog, index: isOrphan(index) ? undefined : productOf(index) },
  ],
  marks: ({ index }) => (isOrphan(index) ? ['orphan'] : []),
};
