/** The generator alone: what a seed decides. */
import { expect, test } from '@jest/globals';
import { records } from '../../../local/sample-data/events.ts';
import { scaleFor, smallestRows } from '../../../local/sample-data/scale.ts';
import { postgresTables, snowflakeTables, topics } from '../../../local/sample-data/sources.ts';
import { deletedKeys, filled, written } from '../../../local/sample-data/steps.ts';

const scale = scaleFor(smallestRows);

/** All that the fill and two changes write, by dataset. */
const made: [string, (seed: number) => string][] = [
  ...[...postgresTables, ...snowflakeTables].map((table): [string, (seed: number) => string] => [
    table.dataset,
    (seed) =>
      lines([
        ...filled(table, scale, seed),
        ...[1, 2].flatMap((step) => [...written(table, scale, seed, step), ...deletedKeys(table, scale, seed, step)]),
      ]),
  ]),
  ...topics.map((topic): [string, (seed: number) => string] => [
    topic.dataset,
    (seed) => lines([0, 1, 2].flatMap((step) => [...records(topic, { seed, scale, step })])),
  ]),
];

const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

test.each(made)('%s: a seed makes the same to the byte once more, and another seed something else', (_dataset, textOf) => {
  const first = textOf(7);
  const other = textOf(8);
  expect(textOf(7)).toBe(first);
  expect(other).not.toBe(first);
  expect(first.length).toBeGreaterThan(1_000);
});
