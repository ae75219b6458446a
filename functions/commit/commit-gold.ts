/** Commits a build of Gold, then looks once more: what another run left to this one is built before this one ends. */
import { LayerFailed } from '../errors.ts';
import { committedVersions, isBehind } from '../gold/gold-inputs.ts';
import { builtBy } from '../gold/gold-plan.ts';
import { abandonAfterFailure, releaseAfterFailure } from '../lease/after-failure.ts';
import { GOLD } from '../ledger/unit.ts';
import { readJson } from '../objects.ts';
import { resultsAddress } from '../run/addresses.ts';
import { LayerResults } from '../run/layer-results.ts';
import type { CommitServices } from './services.ts';

export interface GoldToCommit {
  n: number;
  token: number;
  plan: string;
  results: string;
}

/** `again`: Silver has moved on meanwhile. @throws LayerFailed naming the models that failed. */
export async function commitGold(
  { ledger, contracts, now }: CommitServices,
  { n, token, plan, results }: GoldToCommit,
): Promise<{ n: number; models: string[]; again: boolean }> {
  const written = await readJson(resultsAddress(results, 'gold'), LayerResults);
  const entries = Object.entries(written?.datasets ?? {});
  const failed = entries.flatMap(([model, result]) => (result.status === 'failed' ? [{ model, ...result }] : []));
  if (failed.length > 0 || entries.length === 0) {
    // Without results it is built again as it was. Once each model has answered, what mends one is new: its SQL, a model or rows that it reads.
    if (failed.length > 0) {
      const reason = `failed: ${failed.map(({ model }) => model).join(', ')}`;
      await abandonAfterFailure(ledger, GOLD, { seq: n, token, reason, at: now().toISOString() });
    }
    await releaseAfterFailure(ledger, GOLD, token);
    throw new LayerFailed({
      dataset: 'gold',
      expected: 'every model to be built',
      found: failed.map(({ model, error, cause }) => `${model}: ${error}: ${cause}`).join('; ') || 'no results',
      remedy: 'mend the model, or what it reads, and start the pipeline again: it builds from what there is by then',
    });
  }
  const head = await ledger.head(GOLD);
  const { inputs, definitions, whole } = await builtBy(plan);
  await ledger.recordCommit({
    unit: GOLD,
    seq: n,
    token,
    watermarkBefore: head.watermark,
    set: { inputs, definitions },
    rebuilt: whole,
    outcome: { models: entries.length },
    at: now().toISOString(),
  });
  // The lease is free by now, so a run that commits after this look finds it free. Models deployed since this run was planned are the next
  // run's: this one would build by its own again and again.
  const built = await ledger.head(GOLD);
  const again = isBehind(built, await committedVersions(ledger, contracts), definitions ?? built.definitions);
  return { n, models: entries.map(([model]) => model), again };
}
