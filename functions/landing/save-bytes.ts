/** Saves a stream of bytes as a file, in the place of one that is there, in large pieces: a source sends small ones, and each write to the disk costs as much as its content. */
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const AT_ONCE = 1024 * 1024;

export async function saveBytes(bytes: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal): Promise<void> {
  await using file = await open(path, 'w');
  await pipeline(
    bytes,
    async (source: AsyncIterable<Uint8Array>) => {
      let pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of source) {
        pieces.push(piece);
        size += piece.length;
        if (size < AT_ONCE) continue;
        await writeWhole(file, pieces, size);
        pieces = [];
        size = 0;
      }
      await writeWhole(file, pieces, size);
    },
    { signal },
  );
}

/** A full disk can take a part of it without an error; the rest is asked for again, and then it says so. */
async function writeWhole(file: FileHandle, pieces: Uint8Array[], size: number): Promise<void> {
  const { bytesWritten } = await file.writev(pieces);
  if (bytesWritten < size) await file.writeFile(Buffer.concat(pieces).subarray(bytesWritten));
}
