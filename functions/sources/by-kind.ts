/** Which folder reads which kind of source: a kind is a folder, its row in config/sources.ts, and its line here, by which a bundle finds the folder. */
import type { z } from 'zod';
import type { ConfirmingKind, SourceKind } from '../../config/sources.ts';
import type { ChunkStream } from '../batch/chunk-stream.ts';
import type { Contract } from '../contract/contract.ts';
import { planInTime } from './plan-in-time.ts';
import type { Confirming, Source } from './source.ts';

/** Loaded when it is asked for: the clients of all kinds take a third of what a function needs to start. */
const SOURCES: Record<SourceKind, () => Promise<Source>> = {
  postgres: async () => (await import('./postgres/postgres.ts')).postgres,
  kafka: async () => (await import('./kafka/kafka.ts')).kafka,
  snowflake: async () => (await import('./snowflake/snowflake.ts')).snowflake,
};

/** Of the kinds that are told of a commit what tells them, apart from what reads them: so `commit` carries no other client. */
const CONFIRMING: Record<ConfirmingKind, () => Promise<Confirming>> = {
  postgres: async () => (await import('./postgres/log/confirm-log.ts')).slots,
  kafka: async () => (await import('./kafka/consumer-group.ts')).consumerGroup,
};

/** The source of this kind; whatever it or one of its streams throws carries the name that its `classify` gives. */
export function sourceOf(kind: SourceKind): Pick<Source, 'plan' | 'read'> {
  const loaded = SOURCES[kind];
  return {
    plan: (request) => named(loaded, request.contract.dataset, (source) => planInTime(source, request)),
    read: (request) => {
      const { dataset } = request.contract;
      return named(loaded, dataset, async (source) => namedStream(await source.read(request), (error) => source.classify(error, dataset)));
    },
  };
}

/** Tells the source of a commit, where it keeps a position of its own. */
export async function confirm(contract: Contract, watermark: unknown): Promise<void> {
  const confirming: Partial<Record<SourceKind, () => Promise<Confirming>>> = CONFIRMING;
  const loaded = confirming[contract.source];
  if (loaded) await named(loaded, contract.dataset, (source) => source.confirm(contract, watermark));
}

/** What the secret of this kind holds. */
export async function secretOf(kind: SourceKind): Promise<z.ZodObject> {
  return (await SOURCES[kind]()).secret;
}

async function named<S extends Pick<Source, 'classify'>, T>(load: () => Promise<S>, dataset: string, work: (source: S) => Promise<T>) {
  const source = await load();
  try {
    return await work(source);
  } catch (error) {
    throw source.classify(error, dataset);
  }
}

type Naming = (error: unknown) => Error;

function namedStream(stream: ChunkStream, naming: Naming): ChunkStream {
  switch (stream.kind) {
    case 'copy':
      return { ...stream, bytes: namedErrors(stream.bytes, naming) };
    case 'records':
      return { ...stream, batches: namedErrors(stream.batches, naming) };
    case 'stored':
    case 'pending':
      return stream;
  }
}

async function* namedErrors<T>(items: AsyncIterable<T>, naming: Naming): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw naming(error);
  }
}
