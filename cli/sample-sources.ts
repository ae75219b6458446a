/** Fills and changes the laptop's sources with sample data, and keeps what the pipeline should make of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFolder } from '../local/environment.ts';
import { type Expected, nextChange, writeExpected } from '../local/sample-data/expected.ts';
import { type Connections, changeSources, fillSources } from '../local/sample-data/sources.ts';
import { CommandFailed } from './command-failed.ts';
import type { Stage } from './stage.ts';

/** The same data on every laptop, so that its figures can be written down. */
const SEED = 42;

export function isFilled(environment: string): boolean {
  return existsSync(join(environmentFolder(environment), 'expected-0.json'));
}

export async function fill(stage: Stage, rows: number): Promise<Expected> {
  const expected = await fillSources(connectionsOf(stage), { rows, seed: SEED });
  await writeExpected(environmentFolder(stage.name), expected);
  return expected;
}

export async function change(stage: Stage): Promise<Expected> {
  if (!isFilled(stage.name)) {
    throw new CommandFailed({ expected: 'sources with sample data', found: 'none', remedy: 'npm start' });
  }
  const folder = environmentFolder(stage.name);
  const expected = await changeSources(connectionsOf(stage), await nextChange(folder));
  await writeExpected(folder, expected);
  return expected;
}

function connectionsOf({ name, environment }: Stage): Connections {
  if (!environment) {
    throw new CommandFailed({
      expected: 'a stage on this laptop',
      found: name,
      remedy: 'leave out --stage: sample data goes into no real source',
    });
  }
  const { postgres, kafka, snowflake } = environment;
  return {
    ...(postgres && { postgres: { ...postgres.secret, ...postgres.admin } }),
    ...(kafka && { kafka: { ...kafka.secret, ...kafka.admin } }),
    ...(snowflake && { snowflake: { ...snowflake, ...snowflake.admin } }),
  };
}
