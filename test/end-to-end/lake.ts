/** The pipeline as a whole for end-to-end tests: how it is run, and how its tables are read by others than Spark. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { type EndedRun, runAndFollow } from '../../cli/commands/run.ts';
import type { RunInput } from '../../cli/execution.ts';
import { ledgerOf } from '../../cli/ledger-of.ts';
import { Output } from '../../cli/output.ts';
import { openStage, type Stage } from '../../cli/stage.ts';
import { SOURCES, type SourceKind } from '../../config/sources.ts';
import { manifestOf } from '../../functions/batch/layout.ts';
import { Manifest } from '../../functions/batch/manifest.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { addressOf } from '../../functions/objects.ts';
import { checkout } from '../../local/environment.ts';
import { Expected } from '../../local/sample-data/expected.ts';
import { type DeltaTable, readDeltaLog } from './delta-log.ts';

export class Lake {
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly #files = mkdtempSync(join(tmpdir(), 'etl-lake-'));

  private constructor(stage: Stage) {
    this.stage = stage;
    this.ledger = ledgerOf(stage);
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

  deltaLog(layer: string, table: string): Promise<DeltaTable> {
    return readDeltaLog(this.stage.names.buckets.lake, `${layer}/${table}`);
  }

  /** What landed of a batch. */
  async manifest({ name, source }: { name: string; source: SourceKind }, batch: number): Promise<Manifest> {
    const landing = `s3://${this.stage.names.buckets[SOURCES[source].bucket]}/${name}/batch=${String(batch).padStart(10, '0')}`;
    const { Body } = await new S3Client({}).send(new GetObjectCommand(addressOf(manifestOf(landing))));
    return Manifest.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  }

  /** The files that a table's log names, copied here. */
  async copyFiles({ files, partitionColumns }: DeltaTable): Promise<string[]> {
    expect(partitionColumns).toEqual([]);
    const client = new S3Client({ forcePathStyle: true });
    return Promise.all(
      files.map(async (Key) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: this.stage.names.buckets.lake, Key }));
        const file = join(this.#files, basename(Key));
        await writeFile(file, (await Body?.transformToByteArray()) ?? '');
        return file;
      }),
    );
  }

  /** Delta tables as Parquet files, read by the `deltalake` package. */
  readDelta(layer: string, tables: readonly string[]): Map<string, string> {
    const { names } = this.stage;
    const files = new Map(tables.map((table) => [table, join(this.#files, `${layer}.${table}.parquet`)]));
    const places = [...files].flatMap(([table, file]) => [`s3://${names.buckets.lake}/${layer}/${table}`, file]);
    this.#python('read_delta.py', places);
    return files;
  }

  /** As somebody does who writes the lake beside the pipeline. Says how many rows went. */
  deleteRows(layer: string, table: string, predicate: string): number {
    return Number(this.#python('delete_rows.py', [`s3://${this.stage.names.buckets.lake}/${layer}/${table}`, predicate]));
  }

  #python(script: string, args: readonly string[]): string {
    const python = join(checkout, '.etl', 'python', 'lake', 'bin', 'python');
    const endpoint = this.stage.environment?.aws?.endpoint ?? '';
    return execFileSync(python, [join(import.meta.dirname, script), endpoint, ...args], { encoding: 'utf8' });
  }
}

/** For a whole test file: loaded before its tests. */
export async function loadedLake(): Promise<Lake> {
  const lake = await Lake.open();
  beforeAll(() => lake.load(), 300_000);
  afterAll(() => lake.close());
  return lake;
}
