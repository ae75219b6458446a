/** Decides the records of `system_metrics`: what services measure of themselves, where every record counts. */
import { type Event, growing, type Step, type Topic } from './events.ts';
import { drawFor } from './random.ts';
import { every } from './table.ts';
import { isoMicroseconds, LATE_MS, TRANSIT_MS, timeOf } from './times.ts';

const kinds = [
  { metric: 'cpu_utilisation', unit: 'percent', most: 100 },
  { metric: 'memory_used', unit: 'bytes', most: 8_589_934_592 },
  { metric: 'request_latency', unit: 'milliseconds', most: 2_000 },
] as const;
const services = ['web', 'checkout', 'billing', 'search'] as const;

export const systemMetrics: Topic = {
  dataset: 'system_metrics',
  hasKey: false,
  *events(at: Step) {
    for (const { index, share } of growing(at.scale.systemMetrics, at.step)) yield eventAt(at, index, share);
  },
};

function eventAt({ seed, step }: Step, index: number, share: number): Event {
  const draw = drawFor(seed, 'metric', index);
  const { metric, unit, most } = draw.pick(kinds);
  const service = draw.pick(services);
  const host = `${service}-${draw.whole(1, 3)}`;
  const faults = faultsOf(index);
  const late = every(40, 16, index);
  const at = timeOf(step, share) - (late ? LATE_MS : 0);
  const sentAt = timeOf(step, share) + TRANSIT_MS;
  const value = draw.whole(0, most * 4) / 4;
  const body = {
    metric: faults.includes('system_metrics.metric.required') ? null : metric,
    service,
    host,
    value: faults.includes('system_metrics.value.type') ? 'n/a' : value,
    unit,
    timestamp: isoMicroseconds(at, index),
  };
  return { key: host, body, sentAt, faults, warnings: [], references: [], marks: late ? ['late'] : [] };
}

function faultsOf(index: number): string[] {
  if (every(130, 58, index)) return ['system_metrics.value.type'];
  return every(170, 103, index) ? ['system_metrics.metric.required'] : [];
}
