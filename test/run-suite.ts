/** Runs one suite and says what came of it; a suite that leaves no report counts as one failed test. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Counts, Suite } from './suites.ts';

export interface SuiteResult extends Counts {
  name: string;
  seconds: number;
}

/** `quiet`: output is shown only when the suite failed. */
export async function runSuite(suite: Suite, { quiet }: { quiet: boolean }): Promise<SuiteResult> {
  const begun = Date.now();
  const [program, ...args] = suite.command;
  const child = spawn(program, args, {
    cwd: join(import.meta.dirname, '..'),
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  const shown: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => shown.push(chunk));
  const exitCode = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
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
