/** Decides the events of `inventory_updates`: what came into and went out of each warehouse. */
import { type Event, growing, type Step, type Topic } from './events.ts';
import { idOf } from './people.ts';
import { productCatalog } from './product-catalog.ts';
import { drawFor } from './random.ts';
import { warehouses } from './scale.ts';
import { every } from './table.ts';
import { isoMicroseconds, LATE_MS, TRANSIT_MS, timeOf } from './times.ts';

const reasons = ['sale', 'restock', 'return', 'stocktaking'] as const;

export const inventoryUpdates: Topic = {
  dataset: 'inventory_updates',
  hasKey: true,
  *events(at: Step) {
    for (const { index, share } of growing(at.scale.inventoryUpdates, at.step)) yield eventAt(at, index, share);
  },
};

function eventAt({ seed, scale, step }: Step, index: number, share: number): Event {
  const draw = drawFor(seed, 'inventory update', index);
  const product = draw.whole(0, scale.products - 1);
  const faults = faultsOf(index);
  const late = every(60, 22, index);
  const at = timeOf(step, share) - (late ? LATE_MS : 0);
  const sentAt = timeOf(step, share) + TRANSIT_MS;
  const after = draw.whole(0, 500);
  const body = {
    event_id: idOf('INV', index),
    product_id: idOf('PROD', product),
    warehouse_id: draw.pick(warehouses),
    change: faults.includes('inventory_updates.change.type') ? 'a dozen' : draw.whole(-20, 40),
    quantity_after: faults.includes('inventory_updates.quantity_after.range') ? -1 - after : after,
    reason: isUnknown(index) ? 'vergessen' : draw.pick(reasons),
    timestamp: isoMicroseconds(at, index),
  };
  const warnings = isUnknown(index) ? ['inventory_updates.reason.allowed'] : [];
  const references = [{ rule: 'inventory_updates.product_id.reference', to: productCatalog, index: product }];
  return { key: body.product_id, body, sentAt, faults, warnings, references, marks: late ? ['late'] : [] };
}

function faultsOf(index: number): string[] {
  if (every(100, 47, index)) return ['inventory_updates.change.type'];
  return every(150, 99, index) ? ['inventory_updates.quantity_after.range'] : [];
}

const isUnknown = (index: number) => every(80, 14, index);
