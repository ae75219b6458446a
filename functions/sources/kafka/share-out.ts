/** Shares the new offsets of a topic out over chunks, none of which holds more than a function can land. */

export interface Range {
  partition: number;
  from: bigint;
  to: bigint;
}

/** A range's offsets are the most records it can hold; its bytes are an estimate (record-sizes.ts). */
export interface Limits {
  rows: number;
  bytes: number;
  ranges: number;
}

/** The ranges in their order, cut where a chunk is full; one offset at least is taken, however large its record may be. */
export function shareOut(ranges: readonly Range[], bytesAnOffset: (partition: number) => number, limits: Limits): Range[][] {
  const chunks: Range[][] = [];
  let room: Limits = { rows: 0, bytes: 0, ranges: 0 };
  for (const { partition, from, to } of ranges) {
    const bytes = bytesAnOffset(partition);
    for (let at = from; at < to; ) {
      if (room.rows === 0 || room.ranges === 0 || room.bytes < bytes) {
        chunks.push([]);
        room = limits;
      }
      const most = BigInt(Math.max(1, Math.min(room.rows, Math.floor(room.bytes / bytes))));
      const end = to - at < most ? to : at + most;
      chunks.at(-1)?.push({ partition, from: at, to: end });
      const taken = Number(end - at);
      room = { rows: room.rows - taken, bytes: room.bytes - taken * bytes, ranges: room.ranges - 1 };
      at = end;
    }
  }
  return chunks;
}
