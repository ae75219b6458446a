/** Runs one suite and says what came of it; a suite that leaves no report counts as one failed test. */
import { join } from 'node:path';
import { startWatched } from '../local/processes/watched-process.ts';
import type { Counts, Suite } from './suites.ts';

export interface SuiteResult extends Counts {
  name: string;
  seconds: number;
}

/** `quiet`: output is shown only when the suite failed. */
export async function runSuite(suite: Suite, { quiet }: { quiet: boolean }): Promise<SuiteResult> {
  const begun = Date.now();
  // Watched: what a suite has started must not go on when this process is gone.
  const suiteRun = startWatched(suite, {
    output: quiet ? 'pipe' : 'inherit',
    folder: join(import.meta.dirname, '..'),
    inherited: process.env,
  });
  const shown: Buffer[] = [];
  for (const stream of suiteRun.output) stream.on('data', (chunk: Buffer) => shown.push(chunk));
  const exitCode = (await suiteRun.ended) ?? null;
  const counts = countsOf(suite, exitCode);
  if (counts.failed > 0) process.stdout.write(Buffer.concat(shown));
  const result = { name: suite.name, seconds: (Date.now() - begun) / 1000, ...counts };
  process.stdout.write(
    `${counts.failed === 0 ? '✓' : '✗'} ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${result.seconds.toFixed(1)} s\n`,
  );
  return result;
}

function countsOf(suite: Suite, exitCode: number | null): Counts {
  try {
    const counts = suite.counts(exitCode);
    // A process that ended badly though all its tests passed has failed at something that no test says.
    return exitCode === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
