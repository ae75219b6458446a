/** What a commit goes by: the batch's manifest, and what Bronze and Silver wrote of it. */
import { batchFolder, manifestOf } from '../batch/layout.ts';
import { Manifest } from '../batch/manifest.ts';
import type { Contract } from '../contract/contract.ts';
import type { Environment } from '../environment.ts';
import { LayerFailed, ReceiptMismatch } from '../errors.ts';
import { readJson } from '../objects.ts';
import { resultsAddress } from '../run/addresses.ts';
import { type Layer, LayerResults, type Taken } from '../run/layer-results.ts';

export interface LoadedBatch {
  manifest: Manifest;
  bronze: Taken;
  silver: Taken;
}

/** @throws ReceiptMismatch, LayerFailed. */
export async function loadedBatch(env: Environment, { dataset, source }: Contract, seq: number, results: string): Promise<LoadedBatch> {
  const address = manifestOf(batchFolder(env, source, dataset, seq));
  const manifest = await readJson(address, Manifest);
  if (!manifest) {
    throw new ReceiptMismatch({
      dataset,
      expected: `the manifest of batch ${seq} at ${address}`,
      found: 'no such object',
      remedy: 'restore it from its versions in the landing bucket, and start the pipeline again: the batch is resumed',
    });
  }
  return { manifest, bronze: await takenBy('bronze', results, dataset), silver: await takenBy('silver', results, dataset) };
}

async function takenBy(layer: Layer, results: string, dataset: string): Promise<Taken> {
  const address = resultsAddress(results, layer);
  const result = (await readJson(address, LayerResults))?.datasets[dataset];
  if (result?.status === 'ok') return result;
  throw new LayerFailed({
    dataset,
    expected: `${layer} to have taken the batch`,
    found: result ? `${result.error}: ${result.cause}` : `nothing of it in ${address}`,
    remedy: 'mend what the layer says, and start the pipeline again: the batch is resumed',
  });
}
