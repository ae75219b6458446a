/** `etl sql`: a question to Gold, or to any layer, by Athena. */
import type { Command } from 'commander';
import { type Answer, ask } from '../athena.ts';
import type { Output } from '../output.ts';
import { openStage } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addSql(program: Command): void {
  program
    .command('sql')
    .description('ask Athena: tables are gold.*, silver.* and quarantine.*')
    .argument('<query>', 'in the SQL of Athena (Trino)')
    .action(async (query: string, _options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const answer = await ask(await openStage(name), query);
      output.result(answer, () => showAnswer(output, answer));
    });
}

export function showAnswer(output: Output, { columns, rows }: Answer): void {
  output.table(
    columns,
    rows.map((row) => row.map((cell) => cell ?? undefined)),
  );
}
