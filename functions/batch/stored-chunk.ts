/** What has landed of a chunk: one object that the pipeline put, or the files that its source wrote, by a record of them that is written once. */
import * as z from 'zod';
import { readJson, writeJsonOnce } from '../objects.ts';
import { chunkOf, recordOf } from './layout.ts';
import { StoredObject, storedObject } from './stored-object.ts';

const Record = z.object({ objects: z.array(StoredObject) });

/** Undefined while the chunk has not landed. */
export async function storedChunk(folder: string, chunk: string): Promise<StoredObject[] | undefined> {
  const object = await storedObject(chunkOf(folder, chunk));
  if (object) return [object];
  return (await readJson(recordOf(folder, chunk), Record))?.objects;
}

/** The first record stands: whoever comes later gets what it says, and its own files belong to nothing. */
export async function recordChunk(folder: string, chunk: string, objects: StoredObject[]): Promise<StoredObject[]> {
  await writeJsonOnce(recordOf(folder, chunk), { objects } satisfies z.infer<typeof Record>);
  const record = await readJson(recordOf(folder, chunk), Record);
  if (!record) throw new Error(`${recordOf(folder, chunk)} was written and is not there`);
  return record.objects;
}
