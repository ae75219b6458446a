/** What the templates promise about the functions' code: it loads by itself, and finds what the template says. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { local, prod } from './stages.ts';
import { type Properties, root, type Synthesised } from './synthesised.ts';

const functions = (app: Synthesised) => app.all('AWS::Lambda::Function').map(({ properties }) => properties);
const environmentOf = ({ Environment }: Properties) => (Environment as { Variables: Record<string, string> }).Variables;

/** The folder of the layer's asset, as the CDK will zip it. */
function layerOf({ folder }: Synthesised): string {
  const { files } = JSON.parse(readFileSync(join(folder, 'etl-processing.assets.json'), 'utf8')) as {
    files: Record<string, { displayName: string; source: { path: string } }>;
  };
  const asset = Object.values(files).find(({ displayName }) => displayName.includes('DuckDb'));
  return join(folder, asset?.source.path ?? 'none');
}

describe('code of functions', () => {
  test('every bundle loads away from the checkout, with what Lambda gives it and nothing else', () => {
    const bundles = functions(local).map(({ FunctionName }) =>
      join(local.folder, 'functions', String(FunctionName).slice('etl-'.length), 'handler.mjs'),
    );
    const [first] = functions(local);
    const env = {
      ...environmentOf(first as Properties),
      NODE_PATH: join(layerOf(local), 'nodejs', 'node_modules'),
      AWS_REGION: 'us-east-1',
    };
    const script = `for (const path of ${JSON.stringify(bundles)}) console.log(typeof (await import(path)).handler)`;
    const node = join(root, 'node_modules', '.bin', 'node');
    const printed = execFileSync(node, ['--input-type=module', '-e', script], { env, cwd: local.folder, encoding: 'utf8' });
    expect(printed.trim().split('\n')).toEqual(bundles.map(() => 'function'));
  });

  test('a bundle carries what its function uses: the clients of sources stand only where a source is read', () => {
    const megabytes = (name: string) => statSync(join(local.folder, 'functions', name, 'handler.mjs')).size / 1e6;
    const names = functions(local).map(({ FunctionName }) => String(FunctionName).slice('etl-'.length));
    const limits: Record<string, number> = { plan: 13, extract: 13, commit: 3.3 };
    expect(names.filter((name) => megabytes(name) > (limits[name] ?? 2.2))).toEqual([]);
  });

  test('the environment is what functions/environment.ts asks for', async () => {
    const names = new Set(functions(prod).map((properties) => JSON.stringify(environmentOf(properties))));
    expect(names.size).toBe(1);
    Object.assign(process.env, environmentOf(functions(prod)[0] as Properties));
    expect(JSON.parse(String(process.env.POSTGRES_SETTINGS))).toEqual({
      lockTimeoutSeconds: 30,
      statementTimeoutSeconds: 900,
      replicaWaitSeconds: 60,
    });
    const { environment } = await import('../../functions/environment.ts');
    expect(environment()).toMatchObject({
      LAKE_BUCKET: 'company-data-lake-111122223333-eu-central-1',
      CONTRACTS_URL: expect.stringMatching(/^s3:\/\/company-artifacts-111122223333-eu-central-1\/[0-9a-f]{64}\.json$/),
      SETTINGS: {
        concurrency: { postgres: 4, snowflake: 4, kafka: 4 },
        rerun: { maxPerWindow: 3, windowHours: 6 },
        maintenance: { vacuumDays: 30 },
      },
    });
  });

  test('whatever machine deploys, prod gets the library for Linux on x86-64', () => {
    const bindings = join(layerOf(prod), 'nodejs', 'node_modules', '@duckdb', 'node-bindings-linux-x64');
    const libraries = readdirSync(bindings).filter((file) => /\.(node|so)$/.test(file));
    expect(libraries).toContain('duckdb.node');
    for (const library of libraries) {
      const [magic, machine] = [bytes(join(bindings, library), 0, 4), bytes(join(bindings, library), 18, 2)];
      expect([library, magic.toString('latin1'), machine.readUInt16LE()]).toEqual([library, '\x7fELF', 0x3e]);
    }
    expect(new Set(functions(prod).flatMap(({ Architectures }) => Architectures))).toEqual(new Set(['x86_64']));
  });
});

function bytes(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, position);
    return buffer;
  } finally {
    closeSync(file);
  }
}
