/** Which folder reads which kind of source: the one line that a new kind adds outside its folder. */
import type { SourceKind } from '../contract/contract.ts';
import { kafka } from './kafka/kafka.ts';
import { postgres } from './postgres/postgres.ts';
import type { Source } from './source.ts';

const SOURCES: Partial<Record<SourceKind, Source>> = { postgres, kafka };

/** The source of this kind; whatever it throws carries the name that its `classify` gives. */
export function sourceOf(kind: SourceKind): Source {
  const source = SOURCES[kind];
  if (!source) throw new TypeError(`no source of kind ${kind}`);
  const named = async <T>(dataset: string, work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw source.classify(error, dataset);
    }
  };
  return {
    plan: (request) => named(request.contract.dataset, () => source.plan(request)),
    read: (request) => named(request.contract.dataset, () => source.read(request)),
    confirm: (contract, watermark) => named(contract.dataset, () => source.confirm(contract, watermark)),
    classify: source.classify,
  };
}
