/** Writes the chunks of a run as the state machine maps over them: one list a source, since each source has its own limit of what may read from it at once. */
import type { SourceKind } from '../../config/sources.ts';
import type { Environment } from '../environment.ts';
import { writeJson } from '../objects.ts';
import { runFolder } from '../run/addresses.ts';
import type { OpenedBatch } from './open-batch.ts';

export interface ChunkList {
  source: SourceKind;
  concurrency: number;
  chunks: { bucket: string; key: string };
}

export async function writeChunkLists(env: Environment, run: string, batches: OpenedBatch[]): Promise<ChunkList[]> {
  const lake = `s3://${env.LAKE_BUCKET}`;
  const sources = [...new Set(batches.flatMap(({ planned, chunkIds }) => (chunkIds.length > 0 ? [planned.source] : [])))];
  return Promise.all(
    sources.map(async (source) => {
      const ofSource = batches.filter(({ planned }) => planned.source === source);
      const items = ofSource.flatMap(({ planned: { dataset, seq, landing }, chunkIds }) =>
        chunkIds.map((chunk) => ({ dataset, seq, chunk, landing })),
      );
      const url = `${runFolder(lake, run)}/chunks/${source}.json`;
      await writeJson(url, items);
      return {
        source,
        concurrency: env.SETTINGS.concurrency[source],
        chunks: { bucket: env.LAKE_BUCKET, key: url.slice(`${lake}/`.length) },
      };
    }),
  );
}
