/** `etl quarantine list`, `show` and `release`: what rules set aside, by dataset and rule, row by row with masked values, and how it comes back. */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { checkout } from '../../local/environment.ts';
import { ask } from '../athena.ts';
import { CommandFailed } from '../command-failed.ts';
import { listQuery, openQuery, showQuery } from '../quarantine-queries.ts';
import { openStage, type Stage } from '../stage.ts';
import { commonOptions } from './options.ts';
import { startAndShow } from './run.ts';
import { showAnswer } from './sql.ts';

export function addQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('rows that rules set aside');
  quarantine
    .command('list')
    .description('how many rows each rule set aside, and in which batches')
    .action(async (_options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const datasets = await loadedDatasets(stage);
      const answer = datasets.length === 0 ? { columns: [], rows: [] } : await ask(stage, listQuery(datasets));
      output.result(answer, () => (answer.rows.length === 0 ? output.line('No row is set aside.') : showAnswer(output, answer)));
    });
  quarantine
    .command('show')
    .description(
      'rows of a dataset, newest batch first: key, column, rule and masked value; the row itself is in quarantine.<dataset>, column raw',
    )
    .argument('<dataset>')
    .option('-r, --rule <id>', 'only rows set aside by this rule (users.email.pattern)')
    .option('-l, --limit <rows>', 'at most so many rows', positive, 20)
    .action(async (dataset: string, options: { rule?: string; limit: number }, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const datasets = await loadedDatasets(stage);
      if (!datasets.includes(dataset)) throw unknown(dataset, datasets);
      const answer = await ask(stage, showQuery(dataset, options));
      output.result(answer, () => (answer.rows.length === 0 ? output.line('No such row is set aside.') : showAnswer(output, answer)));
    });
  addRelease(quarantine);
}

function addRelease(quarantine: Command): void {
  quarantine
    .command('release')
    .description(
      "take rows back, after their rule was mended or what they refer to has come: today's rules judge them, and their own sequence orders them",
    )
    .argument('<dataset>')
    .option('-r, --rule <id>', 'only rows set aside by this rule (users.email.pattern)')
    .option('-w, --wait', 'follow the run to its end; the exit code says how it ended', false)
    .action(async (dataset: string, { rule, wait }: { rule?: string; wait: boolean }, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const datasets = await loadedDatasets(stage);
      if (!datasets.includes(dataset)) throw unknown(dataset, datasets);
      const { rows } = await ask(stage, openQuery(dataset, rule));
      if (Number(rows[0]?.[0]) === 0) {
        output.result({ released: 0 }, () => output.line('No such row is set aside.'));
        return;
      }
      await startAndShow(stage, { datasets: [dataset], mode: 'release', ...(rule === undefined ? {} : { rule }) }, wait, output);
    });
}

/** Those of the contracts whose quarantine Athena knows: a dataset gets its tables with its first batch. */
async function loadedDatasets(stage: Stage): Promise<string[]> {
  const { datasets } = compileContracts(join(checkout, 'contracts'));
  const { rows } = await ask(stage, 'SHOW TABLES IN quarantine');
  const known = new Set(rows.map(([name]) => name));
  return Object.keys(datasets).filter((dataset) => known.has(dataset));
}

function unknown(dataset: string, datasets: string[]): CommandFailed {
  return new CommandFailed({
    expected: `a dataset that was loaded: ${datasets.join(', ') || 'none yet'}`,
    found: dataset,
    remedy: datasets.length > 0 ? 'correct the name' : 'npx etl run --wait',
  });
}

function positive(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number above 0');
}
