/** Tells the server after a commit what it need keep no longer; of a table that is loaded otherwise there is nothing to tell. */
import type { Contract } from '../../../contract/contract.ts';
import type { Confirming } from '../../source.ts';
import { classify } from '../classify.ts';
import { withConnection } from '../connection.ts';
import { LogWatermark } from './log-watermark.ts';
import { advanceSlot } from './slot.ts';

export const slots = { confirm, classify } satisfies Confirming;

async function confirm({ dataset, load }: Contract, watermark: unknown): Promise<void> {
  const committed = load.mode === 'log' ? LogWatermark.safeParse(watermark).data : undefined;
  if (!committed) return;
  await withConnection(`confirm ${dataset}`, (client) => advanceSlot(client, dataset, committed.slot, committed.lsn));
}
