/** The receipts of a dataset, from the first to the one that the ledger names, and whether each hangs on the one before. */
import * as z from 'zod';
import { BatchMode } from '../../functions/batch/batch-plan.ts';
import { hashOf } from '../../functions/commit/receipt.ts';
import type { Head } from '../../functions/ledger/unit.ts';
import { readText } from '../../functions/objects.ts';
import { parsedJson } from '../../functions/parsed-json.ts';
import { Outcomes } from '../../functions/run/layer-results.ts';
import { Sums, TableContent } from '../../functions/run/table-content.ts';
import { keysBelow } from '../objects-below.ts';
import type { Finding } from './finding.ts';

const ReceiptRead = z.object({
  dataset: z.string(),
  seq: z.number().int(),
  mode: BatchMode,
  landing: Sums.extend({ objects: z.array(Sums.extend({ key: z.string() })) }),
  bronze: Sums,
  /** Receipts of an earlier version say nothing of the content. */
  silver: z.object({ outcomes: Outcomes, content: TableContent.optional(), setAside: z.record(z.string(), z.number()).optional() }),
  previous: z.string().nullable(),
});
export type ReceiptRead = z.infer<typeof ReceiptRead>;

export async function receiptChain(bucket: string, dataset: string, head: Head['receipt']): Promise<Chain> {
  const texts: [seq: number, text: string][] = [];
  for (const key of await keysBelow(bucket, `${dataset}/`)) {
    const seq = Number(/(\d+)\.json$/.exec(key)?.[1]);
    // A later one is of a batch that is not committed: its run died in between, and the next one finds it there.
    if (seq <= (head?.seq ?? 0)) texts.push([seq, (await readText(`s3://${bucket}/${key}`)) ?? '']);
  }
  return chained(dataset, texts, head);
}

export interface Chain {
  receipts: ReceiptRead[];
  findings: Finding[];
}

/** `texts`: as they are stored, by number. */
export function chained(dataset: string, texts: readonly (readonly [number, string])[], head: Head['receipt']): Chain {
  const receipts: ReceiptRead[] = [];
  const findings: Finding[] = [];
  let before: string | null = null;
  const broken = (batch: number, expected: string, found: string) => findings.push({ dataset, batch, layer: 'receipts', expected, found });
  for (const [seq, text] of texts) {
    const parsed = ReceiptRead.safeParse(parsedJson(text));
    if (!parsed.success || parsed.data.seq !== seq) broken(seq, 'a receipt of this batch', 'something else');
    else {
      receipts.push(parsed.data);
      if (parsed.data.previous !== before) broken(seq, `to follow the receipt ${before}`, `that it follows ${parsed.data.previous}`);
    }
    before = hashOf(text);
  }
  if (head && before !== head.hash) broken(head.seq, `the receipt ${head.hash}, by the ledger`, before ?? 'no receipt');
  return { receipts, findings };
}
