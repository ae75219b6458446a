/** One folder of code a function, all bundled in one call: a file that several functions share is parsed once. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { FUNCTIONS, type FunctionFolder } from './functions.ts';

export type Bundles = Record<FunctionFolder, string>;

/** Packages read `require`, `__filename` and `__dirname` as if they stood in a CommonJS file. */
const COMMONJS = [
  "import { createRequire as bundleRequire } from 'node:module';",
  "import { fileURLToPath as bundlePath } from 'node:url';",
  'const require = bundleRequire(import.meta.url);',
  'const __filename = bundlePath(import.meta.url);',
  "const __dirname = bundlePath(new URL('.', import.meta.url));",
].join('');

/** Loaded by `require` and found on the layer; everything else, the AWS SDK included, is in the bundle at the version the lock file says. */
const ON_THE_LAYER = '@duckdb/node-bindings-*';

/** How code is bundled that Lambda runs. */
export const BUNDLED = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  banner: { js: COMMONJS },
  external: [ON_THE_LAYER],
  // The same code with its WebAssembly inside, so that no file has to be found beside the bundle.
  alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
  legalComments: 'none',
  logLevel: 'error',
} satisfies BuildOptions;

export async function bundleFunctions(root: string, outdir: string): Promise<Bundles> {
  const folders = Object.keys(FUNCTIONS) as FunctionFolder[];
  const missing = folders.filter((folder) => !existsSync(handlerOf(root, folder)));
  if (missing.length > 0) {
    throw new Error(
      `expected functions/<folder>/handler.ts for each row of infra/functions.ts; found none for ${missing.join(', ')}. To mend it: add the handler or remove the row`,
    );
  }
  const bundles = Object.fromEntries(folders.map((folder) => [folder, join(outdir, 'functions', folder)])) as Bundles;
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(folders.map((folder) => [`${folder}/handler`, handlerOf(root, folder)])),
    outdir: join(outdir, 'functions'),
    outExtension: { '.js': '.mjs' },
    ...BUNDLED,
  });
  return bundles;
}

function handlerOf(root: string, folder: string): string {
  return join(root, 'functions', folder, 'handler.ts');
}
