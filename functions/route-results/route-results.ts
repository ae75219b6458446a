/** Decides which datasets go on to the next layer, and with which errors the others stop. */
import { ResultsMissing } from '../errors.ts';
import { messageIn } from '../lambda-cause.ts';
import { readJson, writeJson } from '../objects.ts';
import { resultsAddress } from '../run/addresses.ts';
import { type Layer, type LayerResult, LayerResults } from '../run/layer-results.ts';
import type { Problem } from '../run/run-plan.ts';

export interface RouteInput {
  run: string;
  results: string;
  layer: Layer;
  /** Of the landing only: the answers of the state machine's own iterations. */
  landed?:
    | {
        dataset: string;
        status: 'ok' | 'failed';
        error?: string | undefined;
        cause?: string | undefined;
        rows?: number | undefined;
        hash?: string | undefined;
      }[]
    | undefined;
}

export interface Routed {
  ok: string[];
  failed: Problem[];
}

export async function routeResults({ run, results, layer, landed }: RouteInput): Promise<Routed> {
  if (landed)
    await writeJson(resultsAddress(results, layer), {
      layer,
      run,
      datasets: Object.fromEntries(landed.map(landingResult)),
    } satisfies LayerResults);
  const written = await readJson(resultsAddress(results, layer), LayerResults);
  if (!written) {
    throw new ResultsMissing({
      expected: `the results of ${layer} at ${resultsAddress(results, layer)}`,
      found: 'no such object, though the step ended well',
      remedy: `look at the step's log: npx etl logs spark`,
    });
  }
  const entries = Object.entries(written.datasets);
  return {
    ok: entries.flatMap(([dataset, { status }]) => (status === 'ok' ? [dataset] : [])),
    failed: entries.flatMap(([dataset, result]) =>
      result.status === 'failed' ? [{ dataset, error: result.error, cause: result.cause }] : [],
    ),
  };
}

function landingResult({ dataset, status, error, cause, rows, hash }: NonNullable<RouteInput['landed']>[number]): [string, LayerResult] {
  if (status === 'failed') return [dataset, { status, error: error ?? 'LayerFailed', cause: messageIn(cause ?? '') ?? cause ?? '' }];
  return [dataset, { status, ...(rows === undefined ? {} : { rows }), ...(hash === undefined ? {} : { hash }) }];
}
