import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Output, tableLines } from '../../cli/output.ts';
import { Phases } from '../../cli/phases.ts';

test('a table is as wide as its widest cells: numbers to the right, text to the left, nothing trailing', () => {
  const rows = [
    ['users', 12, 'loaded'],
    ['a long name', undefined, 'failed'],
    ['x', 3, undefined],
  ];
  expect(tableLines(['dataset', 'read', 'status'], rows)).toEqual([
    'dataset      read  status',
    '───────────  ────  ──────',
    'users          12  loaded',
    'a long name        failed',
    'x               3',
  ]);
});

test('numbers that came as text stand to the right as well; a column with one word among them does not', () => {
  expect(
    tableLines(
      ['amount', 'mixed'],
      [
        ['1250.50', '1'],
        ['-3', 'n/a'],
      ],
    ),
  ).toEqual([' amount  mixed', '───────  ─────', '1250.50  1', '     -3  n/a']);
});

test('a table without rows has its names', () => {
  expect(tableLines(['run', 'status'], [])).toEqual(['run  status', '───  ──────']);
});

describe('where output goes', () => {
  let written: [stream: 'out' | 'err', text: string][];
  beforeEach(() => {
    written = [];
    for (const [name, stream] of [
      ['out', process.stdout],
      ['err', process.stderr],
    ] as const) {
      jest.spyOn(stream, 'write').mockImplementation((text) => written.push([name, String(text)]) > 0);
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('for people all of it is standard output', () => {
    const output = new Output(false);
    output.line('at work');
    output.result({ rows: 2 }, ({ rows }) => output.line(`${rows} rows`));
    expect(written).toEqual([
      ['out', 'at work\n'],
      ['out', '2 rows\n'],
    ]);
  });

  test('with --json standard output is one JSON value, whatever progress is shown', () => {
    const output = new Output(true);
    output.line('at work');
    output.table(['a'], [[1]]);
    output.result({ rows: 2 }, () => output.line('never shown'));
    const out = written.filter(([stream]) => stream === 'out').map(([, text]) => text);
    expect(JSON.parse(out.join(''))).toEqual({ rows: 2 });
    expect(written.filter(([stream]) => stream === 'err').map(([, text]) => text)).toEqual(['at work\n', 'a\n', '─\n', '1\n']);
  });

  test('each phase is told as it ends, with its seconds and those in all; one that fails is not told as done', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(0);
    const phases = new Phases(new Output(false));
    await phases.run('Servers up', async () => void clock.mockReturnValue(2_500));
    const failure = new Error('no');
    await expect(phases.run('Deployed', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(written).toEqual([['out', '✓ Servers up (2.5 s, 2.5 s in all)\n']]);
    expect(phases.took).toEqual([{ phase: 'Servers up', seconds: 2.5 }]);
  });
});
