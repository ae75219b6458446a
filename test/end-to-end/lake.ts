/** The pipeline as a whole for end-to-end tests: an environment of its own, the app deployed into it by the real CDK, the sources filled. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployApp } from '../../cli/deploy-app.ts';
import { fill } from '../../cli/sample-sources.ts';
import { openStage, type Stage } from '../../cli/stage.ts';
import { storeLaptopSecrets } from '../../cli/store-secrets.ts';
import { checkout } from '../../local/environment.ts';
import type { Expected } from '../../local/sample-data/expected.ts';
import { up } from '../../local/up.ts';

export interface Lake {
  stage: Stage;
  /** What the first run should report, as the generator knows it. */
  filled: Expected;
  /** A Delta table as a Parquet file, read by the `deltalake` package. */
  readDelta(layer: string, table: string): string;
  end(): Promise<void>;
}

export async function deployedLake(rows: number): Promise<Lake> {
  const session = await up('test', { fresh: true, onProgress: (line) => process.stdout.write(`  ${line}\n`) });
  const files = mkdtempSync(join(tmpdir(), 'etl-lake-'));
  try {
    const stage = await openStage('test');
    const [, filled] = await Promise.all([deployApp(stage, () => undefined), fill(stage, rows)]);
    await storeLaptopSecrets(stage);
    return {
      stage,
      filled,
      readDelta: (layer, table) => readDelta(stage, layer, table, files),
      async end() {
        await session.end();
        rmSync(files, { recursive: true });
      },
    };
  } catch (error) {
    await session.end();
    throw error;
  }
}

function readDelta({ names, environment }: Stage, layer: string, table: string, folder: string): string {
  const file = join(folder, `${layer}.${table}.parquet`);
  const python = join(checkout, '.etl', 'python', 'lake', 'bin', 'python');
  const address = `s3://${names.buckets.lake}/${layer}/${table}`;
  execFileSync(python, [join(import.meta.dirname, 'read_delta.py'), environment?.aws?.endpoint ?? '', address, file]);
  return file;
}
