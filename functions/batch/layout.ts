/** Where a batch lies in its landing bucket: keyed by dataset and seq, so every run that meets the batch finds the same place. */
import type { SourceKind } from '../../config/sources.ts';
import type { Environment } from '../environment.ts';
import { padded } from '../padded.ts';

export const batchFolder = (env: Environment, source: SourceKind, dataset: string, seq: number) =>
  batchFolderIn(env.LANDING_BUCKETS[source], dataset, seq);

/** `s3://<bucket>/<dataset>/batch=<seq>` */
export const batchFolderIn = (bucket: string, dataset: string, seq: number) => `s3://${bucket}/${dataset}/batch=${padded(seq)}`;

export const planOf = (folder: string) => `${folder}/_plan.json`;
export const manifestOf = (folder: string) => `${folder}/_manifest.json`;
/** `part`: from 1; most chunks are one object. */
export const chunkOf = (folder: string, chunk: string, part = 1) =>
  `${folder}/${part === 1 ? chunk : `${chunk}-part-${String(part).padStart(4, '0')}`}.parquet`;

/** Of all batches of a dataset: the schema that a registry has under an id, by which values of theirs were written. */
export const schemaOf = (folder: string, id: number) => `${folder.replace(/\/[^/]+$/, '')}/schemas/${id}.json`;

/** Of a chunk whose files the source writes itself: which of them count, and where each attempt writes. Of attempts only one is recorded. */
export const recordOf = (folder: string, chunk: string) => `${folder}/${chunk}.json`;
export const attemptOf = (folder: string, attempt: number, chunk: string) => `${folder}/attempt=${attempt}/${chunk}/`;
