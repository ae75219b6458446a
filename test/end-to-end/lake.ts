/** The pipeline as a whole for end-to-end tests: how it is run, and how its tables are read by others than Spark. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type EndedRun, runAndFollow } from '../../cli/commands/run.ts';
import type { RunInput } from '../../cli/execution.ts';
import { Output } from '../../cli/output.ts';
import { openStage, type Stage } from '../../cli/stage.ts';
import { checkout } from '../../local/environment.ts';
import { Expected } from '../../local/sample-data/expected.ts';

export class Lake {
  readonly stage: Stage;
  readonly #files = mkdtempSync(join(tmpdir(), 'etl-lake-'));

  private constructor(stage: Stage) {
    this.stage = stage;
  }

  static async open(): Promise<Lake> {
    return new Lake(await openStage('test'));
  }

  close(): void {
    rmSync(this.#files, { recursive: true });
  }

  run(input: RunInput = {}): Promise<EndedRun> {
    return runAndFollow(this.stage, input, new Output(false));
  }

  /** A run that must end well. */
  async load(input: RunInput = {}): Promise<EndedRun> {
    const ended = await this.run(input);
    expect({ status: ended.status, error: ended.error, cause: ended.cause }).toEqual({
      status: 'SUCCEEDED',
      error: undefined,
      cause: undefined,
    });
    return ended;
  }

  /** Changes the sources as a person does; says what the next run should report. */
  change(): Expected {
    const etl = [join(checkout, 'cli', 'main.ts'), '--stage', 'test', '--json', 'demo', 'change'];
    return Expected.parse(JSON.parse(execFileSync(process.execPath, etl, { encoding: 'utf8' })));
  }

  /** Delta tables as Parquet files, read by the `deltalake` package. */
  readDelta(layer: string, tables: readonly string[]): Map<string, string> {
    const { names, environment } = this.stage;
    const files = new Map(tables.map((table) => [table, join(this.#files, `${layer}.${table}.parquet`)]));
    const places = [...files].flatMap(([table, file]) => [`s3://${names.buckets.lake}/${layer}/${table}`, file]);
    const python = join(checkout, '.etl', 'python', 'lake', 'bin', 'python');
    execFileSync(python, [join(import.meta.dirname, 'read_delta.py'), environment?.aws?.endpoint ?? '', ...places]);
    return files;
  }
}
