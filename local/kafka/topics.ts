/** Decides which topics there are on the laptop, and in how many partitions. */

export const topics = [
  { topic: 'user_events', partitions: 4 },
  { topic: 'order_events', partitions: 3 },
  { topic: 'inventory_updates', partitions: 3 },
  { topic: 'system_metrics', partitions: 3 },
] as const;
export type Topic = (typeof topics)[number]['topic'];

export function partitionsOf(topic: Topic): number {
  const found = topics.find((each) => each.topic === topic);
  if (!found) throw new Error(`Kafka: expected one of ${topics.map((each) => each.topic).join(', ')}; found ${topic}`);
  return found.partitions;
}
