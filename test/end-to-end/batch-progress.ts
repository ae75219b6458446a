/** How far a dataset's last batch has come, by the logs of its tables and by the ledger. */
import { unitOf } from '../../functions/ledger/unit.ts';
import type { Lake } from './lake.ts';

export interface Progress {
  inBronze: boolean;
  inSilver: boolean;
  /** The ledger does not know yet that the batch is committed. */
  open: boolean;
}

export async function progressOf(lake: Lake, dataset: string): Promise<Progress> {
  const { seq, epoch, openSeq } = await lake.ledger.head(unitOf(dataset));
  const holds = async (layer: string) => (await lake.deltaLog(layer, dataset)).batches.get(`${layer}.${dataset}/${epoch}`) === seq;
  return { inBronze: await holds('bronze'), inSilver: await holds('silver'), open: openSeq === seq };
}
