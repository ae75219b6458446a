/** `etl maintain`: one execution of `maintain-lake`, with `--wait` to its end and what became of each table. */
import type { Command } from 'commander';
import { MaintenanceResults, maintenanceResultsAddress } from '../../functions/maintenance/maintenance-results.ts';
import { readJson } from '../../functions/objects.ts';
import { resultsOf, runFolder } from '../../functions/run/addresses.ts';
import { startMachine } from '../execution.ts';
import type { Output } from '../output.ts';
import { openStage } from '../stage.ts';
import { type EndedExecution, endedText, toldExecution } from '../told-execution.ts';
import { commonOptions } from './options.ts';

interface EndedMaintenance extends EndedExecution {
  tables: MaintenanceResults['tables'];
}

export function addMaintain(program: Command): void {
  program
    .command('maintain')
    .description('pack small files and remove those that no version needs, as every night')
    .option('-d, --dataset <names...>', 'only the tables of these datasets, and none of Gold')
    .option('-w, --wait', 'follow it to its end; the exit code says how it ended', false)
    .action(async ({ dataset, wait }: { dataset?: string[]; wait: boolean }, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const execution = await startMachine(stage.names.machines.maintain, dataset ? { datasets: dataset } : {});
      if (!wait) {
        output.result({ execution }, () => output.line(`Started ${execution}`));
        return;
      }
      const ended = await toldExecution(stage, execution, output);
      const results = maintenanceResultsAddress(resultsOf(runFolder(`s3://${stage.names.buckets.lake}`, ended.run)));
      const maintained = { ...ended, tables: (await readJson(results, MaintenanceResults))?.tables ?? {} };
      output.result(maintained, () => show(output, maintained));
      if (ended.status !== 'SUCCEEDED') process.exitCode = 1;
    });
}

function show(output: Output, ended: EndedMaintenance): void {
  const { tables, status, cause } = ended;
  output.line();
  output.table(
    ['table', 'files before', 'after', 'small', 'bytes', 'seconds'],
    Object.entries(tables).flatMap(([table, result]) => {
      if (result.status === 'failed') return [[table, result.error]];
      if (!result.before || !result.after) return [];
      const { files, smallFiles, bytes } = result.after;
      return [[table, result.before.files, files, smallFiles, bytes, result.seconds.toFixed(1)]];
    }),
  );
  output.line();
  output.line(endedText(ended));
  if (status !== 'SUCCEEDED') output.line(`  ${cause ?? ''}`);
}
