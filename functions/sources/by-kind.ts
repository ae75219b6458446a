/** Which folder reads which kind of source: the one line that a new kind adds outside its folder. */
import type { SourceKind } from '../contract/contract.ts';
import type { ChunkStream, Source } from './source.ts';

/** Loaded when it is asked for: the clients of all kinds take a third of what a function needs to start. */
const SOURCES: Record<SourceKind, () => Promise<Source>> = {
  postgres: async () => (await import('./postgres/postgres.ts')).postgres,
  kafka: async () => (await import('./kafka/kafka.ts')).kafka,
  snowflake: async () => (await import('./snowflake/snowflake.ts')).snowflake,
};

/** The source of this kind; whatever it or one of its streams throws carries the name that its `classify` gives. */
export function sourceOf(kind: SourceKind): Omit<Source, 'classify'> {
  const named = async <T>(dataset: string, work: (source: Source) => Promise<T>) => {
    const source = await SOURCES[kind]();
    try {
      return await work(source);
    } catch (error) {
      throw source.classify(error, dataset);
    }
  };
  return {
    plan: (request) => named(request.contract.dataset, (source) => source.plan(request)),
    read: (request) => {
      const { dataset } = request.contract;
      return named(dataset, async (source) => namedStream(await source.read(request), (error) => source.classify(error, dataset)));
    },
    confirm: (contract, watermark) => named(contract.dataset, (source) => source.confirm(contract, watermark)),
  };
}

type Naming = (error: unknown) => Error;

function namedStream(stream: ChunkStream, naming: Naming): ChunkStream {
  switch (stream.kind) {
    case 'csv':
      return { ...stream, bytes: namedErrors(stream.bytes, naming) };
    case 'records':
      return { ...stream, batches: namedErrors(stream.batches, naming) };
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
