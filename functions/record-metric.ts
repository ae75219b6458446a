/** Publishes a metric of the list in `config/metrics.ts`, with the dimensions that it has there and no others. */
import type { METRICS } from '../config/metrics.ts';
import { metrics } from './middleware.ts';

type Listed = (typeof METRICS)[keyof typeof METRICS];

export function recordMetric<M extends Listed>(metric: M, dimensions: Record<M['dimensions'][number], string>, value: number): void {
  const single = metrics.singleMetric();
  single.clearDefaultDimensions();
  for (const [name, of] of Object.entries<string>(dimensions)) single.addDimension(name, of);
  single.addMetric(metric.name, metric.unit, value);
}
