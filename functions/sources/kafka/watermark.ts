/** How far a topic has been read: of each partition the offset that comes next. */
import * as z from 'zod';
import { Counted } from '../counted.ts';

/** The topic's id tells a topic from a later one of the same name. */
export const KafkaWatermark = z.object({ topicId: z.string(), offsets: z.record(z.string(), z.string()), mode: Counted.shape.mode });
export type KafkaWatermark = z.infer<typeof KafkaWatermark>;
