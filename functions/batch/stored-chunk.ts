/**
 * What has landed of a chunk: objects that the pipeline put, each of which says whether another part follows; or the files that its source
 * wrote, by a record of them that is written once. Whoever asks finds the same.
 */
import * as z from 'zod';
import { readJson, writeJsonOnce } from '../objects.ts';
import { chunkOf, recordOf } from './layout.ts';
import { StoredObject, storedObject } from './stored-object.ts';

const Record = z.object({ objects: z.array(StoredObject) });

/** `next`: the part that is to be landed, and the ticket by which it is read; undefined when the chunk is there whole. */
export interface StoredChunk {
  objects: StoredObject[];
  next: { url: string; ticket: string | undefined } | undefined;
}

export async function storedChunk(folder: string, chunk: string): Promise<StoredChunk> {
  const { objects, next } = await storedParts(folder, chunk);
  const recorded = objects.length === 0 ? await readJson(recordOf(folder, chunk), Record) : undefined;
  return recorded ? { objects: recorded.objects, next: undefined } : { objects, next };
}

async function storedParts(folder: string, chunk: string): Promise<StoredChunk> {
  const objects: StoredObject[] = [];
  let ticket: string | undefined;
  do {
    const url = chunkOf(folder, chunk, objects.length + 1);
    const part = await storedObject(url);
    if (!part) return { objects, next: { url, ticket } };
    objects.push(part);
    ticket = part.rest;
  } while (ticket !== undefined);
  return { objects, next: undefined };
}

/** The first record stands: whoever comes later gets what it says, and its own files belong to nothing. */
export async function recordChunk(folder: string, chunk: string, objects: StoredObject[]): Promise<StoredObject[]> {
  await writeJsonOnce(recordOf(folder, chunk), { objects } satisfies z.infer<typeof Record>);
  const record = await readJson(recordOf(folder, chunk), Record);
  if (!record) throw new Error(`${recordOf(folder, chunk)} was written and is not there`);
  return record.objects;
}
