/** The suites of `npm test` and `npm run check`: what each runs, and how its tests are counted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface Counts {
  passed: number;
  failed: number;
}

export interface Suite {
  name: string;
  command: readonly [string, ...string[]];
  /** From what the command left and how it ended; a test that was skipped has not passed. */
  counts(exitCode: number | null): Counts;
}

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const python = (name: string) => join(root, '.etl', 'python', 'lake', 'bin', name);

/** The whole command is one test. */
function check(name: string, ...command: [string, ...string[]]): Suite {
  return { name, command, counts: (exitCode) => (exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

function jest(name: string, report: string, ...args: string[]): Suite {
  const node = [bin('node'), '--experimental-vm-modules', '--no-warnings', join(root, 'node_modules/jest/bin/jest.js')] as const;
  return { name, command: [...node, '--json', `--outputFile=${report}`, ...args], counts: () => jestCounts(report) };
}

function pytest(name: string, report: string, ...args: string[]): Suite {
  return { name, command: [python('python'), '-m', 'pytest', `--junitxml=${report}`, ...args], counts: () => pytestCounts(report) };
}

const JestReport = z.object({
  numPassedTests: z.int(),
  numTotalTests: z.int(),
  numRuntimeErrorTestSuites: z.int(),
});

/** A file that cannot be loaded is a failed test too. */
function jestCounts(report: string): Counts {
  const { numPassedTests, numTotalTests, numRuntimeErrorTestSuites } = JestReport.parse(JSON.parse(readFileSync(report, 'utf8')));
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + numRuntimeErrorTestSuites };
}

function pytestCounts(report: string): Counts {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(report, 'utf8'))?.[0] ?? '';
  const attribute = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1]);
  const failed = attribute('errors') + attribute('failures') + attribute('skipped');
  return { passed: attribute('tests') - failed, failed };
}

/** Seconds each; none of them starts a server. */
export const CHECKS: readonly Suite[] = [
  check('types', bin('tsc'), '--noEmit'),
  check('biome', bin('biome'), 'check', '--error-on-warnings'),
  check('ruff', python('ruff'), 'check'),
  check('ruff format', python('ruff'), 'format', '--check'),
  check('mypy', python('mypy')),
];

/** Two processes, each with a Spark and an S3 of its own: one waits most of the time for one core. Files keep together what they share. */
export const TWO_SPARKS = ['-n', '2', '--dist', 'loadfile', '--no-loadscope-reorder'];

export function testSuites(reports: string): readonly Suite[] {
  return [
    pytest('pytest', join(reports, 'pytest.xml'), ...TWO_SPARKS),
    jest('jest', join(reports, 'jest.json'), '--selectProjects', 'with servers', 'others'),
    jest('end to end', join(reports, 'end-to-end.json'), '--runInBand', '--selectProjects', 'end to end'),
  ];
}
