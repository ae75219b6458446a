/** Decides the events of `inventory_updates`: what came into and went out of each warehouse. */
import type { Event, Step, Topic } from './events.ts';
import { idOf } from './people.ts';
import { drawFor } from './random.ts';
import { warehouses } from './scale.ts';
import { every } from './table.ts';
import { isoMicroseconds, timeOf } from './times.ts';

const reasons = ['sale', 'restock', 'return', 'stocktaking'] as const;

export const inventoryUpdates: Topic = {
  dataset: 'inventory_updates',
  hasKey: true,
  *events({ seed, scale, step }: Step) {
    const births = Math.floor(scale.inventoryUpdates / 20);
    const first = step === 0 ? 0 : scale.inventoryUpdates + births * (step - 1);
    const count = step === 0 ? scale.inventoryUpdates : births;
    for (let index = first; index < first + count; index += 1) yield eventAt({ seed, scale, step }, index, (index - first) / count);
  },
};

function eventAt({ seed, scale, step }: Step, index: number, share: number): Event {
  const draw = drawFor(seed, 'inventory update', index);
  const product = idOf('PROD', draw.whole(0, scale.products - 1));
  const faults = faultsOf(index);
  const late = every(60, 22, index);
  const at = timeOf(step, share) - (late ? 2 * 86_400_000 : 0);
  const after = draw.whole(0, 500);
  const body = {
    event_id: idOf('INV', index),
    product_id: product,
    warehouse_id: draw.pick(warehouses),
    change: faults.includes('inventory_updates.change.type') ? 'a dozen' : draw.whole(-20, 40),
    quantity_after: faults.includes('inventory_updates.quantity_after.range') ? -1 - after : after,
    reason: isUnknown(index) ? 'vergessen' : draw.pick(reasons),
    timestamp: isoMicroseconds(at, index),
  };
  const warnings = isUnknown(index) ? ['inventory_updates.reason.allowed'] : [];
  return { key: product, body, at, faults, warnings, marks: late ? ['late'] : [] };
}

function faultsOf(index: number): string[] {
  if (every(100, 47, index)) return ['inventory_updates.change.type'];
  return every(150, 99, index) ? ['inventory_updates.quantity_after.range'] : [];
}

const isUnknown = (index: number) => every(80, 14, index);
