/** `npm test`: everything that must pass. The last line is `N passed, N failed`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithNpm } from '../local/processes/end-with-parent.mjs';
import { runChecks } from './run-checks.ts';
import { runSuite } from './run-suite.ts';
import { testSuites } from './suites.ts';

endWithNpm();
const reports = mkdtempSync(join(tmpdir(), 'etl-reports-'));
const results = await runChecks();
for (const suite of testSuites(reports)) results.push(await runSuite(suite, { quiet: false }));
rmSync(reports, { recursive: true });

process.stdout.write('\n');
for (const { name, seconds, passed, failed } of results) {
  process.stdout.write(`${name.padEnd(12)} ${(seconds / 60).toFixed(1).padStart(5)} min  ${passed} passed, ${failed} failed\n`);
}
const sum = (count: 'passed' | 'failed') => results.reduce((total, result) => total + result[count], 0);
if (sum('failed') > 0) process.exitCode = 1;
process.stdout.write(`\n${sum('passed')} passed, ${sum('failed')} failed\n`);
