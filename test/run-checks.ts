/** `npm run check`: types, lint and formats, two at a time. */
import { runSuite, type SuiteResult } from './run-suite.ts';
import { CHECKS } from './suites.ts';

export async function runChecks(): Promise<SuiteResult[]> {
  const waiting = [...CHECKS];
  const results: SuiteResult[] = [];
  const lane = async () => {
    for (let suite = waiting.shift(); suite; suite = waiting.shift()) results.push(await runSuite(suite, { quiet: true }));
  };
  await Promise.all([lane(), lane()]);
  return results;
}

if (import.meta.main) {
  const results = await runChecks();
  if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;
}
