/** Where the objects of a run lie under `s3://<lake bucket>`. */
import type { Layer } from './layer-results.ts';

export const runFolder = (lake: string, run: string) => `${lake}/runs/${run}`;
export const planAddress = (folder: string) => `${folder}/plan.json`;
export const resultsOf = (folder: string) => `${folder}/results`;
export const resultsAddress = (results: string, layer: Layer | 'plan-gold') => `${results}/${layer}.json`;
