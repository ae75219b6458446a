/** A script of a benchmark, bundled as the functions are: what starts is what Lambda would start. */
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED } from '../../infra/bundle-functions.ts';
import { checkout } from '../../local/environment.ts';

/** Within the checkout, so that DuckDB is found, which stands on a layer of its own in Lambda. */
export async function bundled(script: string): Promise<string> {
  const outfile = join(checkout, '.etl', 'bench', `${basename(script, '.ts')}.mjs`);
  await build({ ...BUNDLED, entryPoints: [script], outfile });
  return outfile;
}
