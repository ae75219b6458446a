/** Silver by content: each row has the hash that its values have, and the last receipt says what all of them come to. */
import { expect } from '@jest/globals';
import { z } from 'zod';
import { addHashes, EMPTY_HASH } from '../../functions/batch/layer-hash.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { readText } from '../../functions/objects.ts';
import { padded } from '../../functions/padded.ts';
import { contentHash } from '../content-hash.ts';
import type { Lake } from './lake.ts';
import type { Oracle } from './oracle.ts';

const Receipt = z.object({ silver: z.object({ content: z.object({ after: z.object({ rows: z.int(), hash: z.string() }) }) }) });

/** `files`: each dataset's Silver table as Parquet. */
export async function expectContent(lake: Lake, oracle: Oracle, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [dataset, file] of files) {
    const { rows, doubles } = await oracle.values(`FROM read_parquet('${file}')`);
    const hashes = rows.map((row) => contentHash(row, doubles));
    const wrong = rows.filter((row, index) => row._content_hash !== hashes[index]).length;
    const { receipt } = await lake.ledger.head(unitOf(dataset));
    const address = `s3://${lake.stage.names.buckets.receipts}/${dataset}/${padded(receipt?.seq ?? 0)}.json`;
    const { after } = Receipt.parse(JSON.parse((await readText(address)) ?? '')).silver.content;
    expect({ dataset, wrong, content: after }).toEqual({
      dataset,
      wrong: 0,
      content: { rows: rows.length, hash: hashes.reduce(addHashes, EMPTY_HASH) },
    });
  }
}
