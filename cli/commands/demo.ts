/** `etl demo change`: updates, deletes and new rows in the laptop's sources, so that the next run has work. */
import type { Command } from 'commander';
import type { Expected } from '../../local/sample-data/expected.ts';
import type { Output } from '../output.ts';
import { change } from '../sample-sources.ts';
import { openStage } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addDemo(program: Command): void {
  const demo = program.command('demo').description("the laptop's sample data");
  demo
    .command('change')
    .description('change the sample data: the next run finds updates, deletes and new rows')
    .action(async (_options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const expected = await change(await openStage(name));
      output.result(expected, () => {
        showExpected(output, expected);
        output.line('\nNext: npx etl run --wait');
      });
    });
}

/** What the next run should report, as the generator knows it. */
function showExpected(output: Output, { datasets }: Expected): void {
  output.table(
    ['in the sources now', 'inserted', 'updated', 'unchanged', 'superseded', 'quarantined', 'removed'],
    Object.entries(datasets).map(([dataset, each]) => [
      dataset,
      each.inserted,
      each.updated,
      each.unchanged,
      each.superseded,
      each.quarantined,
      each.deletedByAbsence,
    ]),
  );
}
