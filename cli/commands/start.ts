/** `etl start`, which `npm start` calls: from nothing to answers from Gold, on this laptop. */

import type { Command } from 'commander';
import { checkout } from '../../local/environment.ts';
import { defaultRows, smallestRows } from '../../local/sample-data/scale.ts';
import { up } from '../../local/up.ts';
import { type Answer, ask } from '../athena.ts';
import { CommandFailed } from '../command-failed.ts';
import { declaredLine, declaredTypes } from '../declared-types.ts';
import { deployApp } from '../deploy-app.ts';
import { goldQuestions } from '../gold-questions.ts';
import type { Output } from '../output.ts';
import { Phases } from '../phases.ts';
import { fill, isFilled } from '../sample-sources.ts';
import { openStage, type Stage } from '../stage.ts';
import { storeLaptopSecrets } from '../store-secrets.ts';
import { commonOptions } from './options.ts';
import { type EndedRun, mustHaveSucceeded, runAndFollow, showRun } from './run.ts';
import { showAnswer } from './sql.ts';

export function addStart(program: Command): void {
  program
    .command('start')
    .description('bring everything up on this laptop, load sample data to Gold and ask it a few questions (npm start)')
    .option(
      '--rows <count>',
      'orders in the sample data, all else in proportion; counts when the sources are filled first',
      String(defaultRows),
    )
    .action(async ({ rows }: { rows: string }, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const started = await start(name, rowCount(rows), output);
      output.result(started, () => undefined);
    });
}

interface Started {
  phases: { phase: string; seconds: number }[];
  run: EndedRun;
  answers: ({ title: string } & Answer)[];
}

async function start(name: string, rows: number, output: Output): Promise<Started> {
  const phases = new Phases(output);
  // Until all is done the servers end with this process, however it ends.
  const environment = await phases.run('Servers up', () =>
    // A fill that was interrupted left half of its rows.
    up(name, { fresh: !isFilled(name), onProgress: (line) => output.line(`  ${line}`) }),
  );
  const stage = await openStage(name);
  const [, filled] = await Promise.all([
    phases.run('App deployed', () => deployApp(stage, (line) => stackLine(output, line))),
    isFilled(name) ? false : phases.run('Sources filled', () => fill(stage, rows)),
  ]);
  output.line(`  ${declaredLine(await declaredTypes())}`);
  await storeLaptopSecrets(stage);
  if (!filled) output.line('  The sources have their sample data already; npx etl demo change makes more.');
  const run = await phases.run('Pipeline run', () => runAndFollow(stage, {}, output));
  showRun(output, run);
  mustHaveSucceeded(run);
  const answers = await phases.run('Gold asked', () => askGold(stage));
  for (const answer of answers) {
    output.line(`\n${answer.title}`);
    showAnswer(output, answer);
  }
  await environment.keep();
  output.line(NEXT);
  return { phases: phases.took, run, answers };
}

function rowCount(rows: string): number {
  if (/^\d+$/.test(rows) && Number(rows) >= smallestRows) return Number(rows);
  throw new CommandFailed({
    expected: `a number of rows, at least ${smallestRows}`,
    found: rows,
    remedy: `npm start -- --rows ${defaultRows}`,
  });
}

/** Of the CDK's many lines those that say that a stack is done. */
function stackLine(output: Output, line: string): void {
  if (/^\s*✅|^ ❌|failed/i.test(line)) output.line(`  ${line.trim()}`);
}

function askGold(stage: Stage): Promise<Started['answers']> {
  return Promise.all(goldQuestions(checkout).map(async ({ title, sql }) => ({ title, ...(await ask(stage, sql)) })));
}

const NEXT = `
The environment stays up. What to try next:
  npx etl sql "select * from gold.dim_users where is_current limit 5"
  npx etl demo change && npx etl run --wait      an incremental run
  npx etl status                                 how fresh each dataset is
  npx etl --help                                 everything else
  npx etl down                                   ends it all
`;
