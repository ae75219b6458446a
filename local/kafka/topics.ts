/** Decides which topics there are on the laptop, and in how many partitions. */

export const topics = [
  { topic: 'user_events', partitions: 4 },
  { topic: 'order_events', partitions: 3 },
  { topic: 'inventory_updates', partitions: 3 },
  { topic: 'system_metrics', partitions: 3 },
] as const;
