/** Kafka as a source: bounded ranges of offsets, which the ledger keeps. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';
import { KafkaSecret } from './secret.ts';

export const kafka = { secret: KafkaSecret, plan, read, classify } satisfies Source;
