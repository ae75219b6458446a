/** Which folder reads which kind of source: the one line that a new kind adds outside its folder. */
import type { SourceKind } from '../contract/contract.ts';
import { kafka } from './kafka/kafka.ts';
import { postgres } from './postgres/postgres.ts';
import { snowflake } from './snowflake/snowflake.ts';
import type { ChunkStream, Source } from './source.ts';

const SOURCES: Record<SourceKind, Source> = { postgres, kafka, snowflake };

/** The source of this kind; whatever it or one of its streams throws carries the name that its `classify` gives. */
export function sourceOf(kind: SourceKind): Source {
  const source = SOURCES[kind];
  const named = async <T>(dataset: string, work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw source.classify(error, dataset);
    }
  };
  return {
    plan: (request) => named(request.contract.dataset, () => source.plan(request)),
    read: (request) => {
      const { dataset } = request.contract;
      return named(dataset, async () => namedStream(await source.read(request), (error) => source.classify(error, dataset)));
    },
    confirm: (contract, watermark) => named(contract.dataset, () => source.confirm(contract, watermark)),
    classify: source.classify,
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
