/** Kafka as a source: bounded ranges of offsets, which the ledger keeps. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { confirm } from './confirm.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';

export const kafka = { plan, read, confirm, classify } satisfies Source;
