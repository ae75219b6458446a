/** Puts a receipt in its place, or finds the same one there: the first writer's stands. */
import { ReceiptMismatch } from '../errors.ts';
import { readText, writeJsonOnce } from '../objects.ts';
import { hashOf, type Receipt, receiptHash } from './receipt.ts';

/** The bytes are deterministic, so another hash is another content: that is refused. @throws ReceiptMismatch. */
export async function storeReceipt(address: string, receipt: Receipt): Promise<string> {
  const hash = receiptHash(receipt);
  if (await writeJsonOnce(address, receipt)) return hash;
  const stored = hashOf((await readText(address)) ?? '');
  if (stored === hash) return hash;
  throw new ReceiptMismatch({
    dataset: receipt.dataset,
    expected: `the receipt of batch ${receipt.seq} at ${address} to have the hash ${hash}`,
    found: `${stored}, another content`,
    remedy: 'see docs/runbook.md#receipt-mismatch',
  });
}
