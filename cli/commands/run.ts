/** `etl run`: one execution of the pipeline, followed state by state with `--wait`. */
import type { Command } from 'commander';
import { CommandFailed } from '../command-failed.ts';
import { type RunInput, startRun } from '../execution.ts';
import type { Output } from '../output.ts';
import { type RunReport, runReport, showReport } from '../run-report.ts';
import { openStage, type Stage } from '../stage.ts';
import { type EndedExecution, endedText, toldExecution } from '../told-execution.ts';
import { commonOptions } from './options.ts';

export function addRun(program: Command): void {
  program
    .command('run')
    .description('start the pipeline: every dataset that has something new')
    .option('-d, --dataset <names...>', 'only these datasets; a Gold model as gold.<model>, with --mode full')
    .option('-m, --mode <mode>', 'incremental, or full: the whole source again, compared by key')
    .option('--abandon', 'give up the open batches of these datasets and plan them anew')
    .option('-w, --wait', 'follow it to its end; the exit code says how it ended', false)
    .action(
      async (
        { dataset, mode, abandon, wait }: { dataset?: string[]; mode?: string; abandon?: boolean; wait: boolean },
        command: Command,
      ) => {
        const { stage: name, output } = commonOptions(command);
        const stage = await openStage(name);
        const input: RunInput = { ...(dataset ? { datasets: dataset } : {}), ...(mode ? { mode } : {}), ...(abandon ? { abandon } : {}) };
        await startAndShow(stage, input, wait, output);
      },
    );
}

/** Followed to its end and shown, or only started. */
export async function startAndShow(stage: Stage, input: RunInput, wait: boolean, output: Output): Promise<void> {
  if (wait) {
    const ended = await runAndFollow(stage, input, output);
    output.result(ended, () => showRun(output, ended));
    if (ended.status !== 'SUCCEEDED') process.exitCode = 1;
    return;
  }
  const execution = await startRun(stage, input);
  output.result({ execution }, () => output.line(`Started ${execution}\nNext: npx etl status`));
}

export interface EndedRun extends RunReport, EndedExecution {}

/** Progress goes to the output as the states end. */
export async function runAndFollow(stage: Stage, input: RunInput, output: Output): Promise<EndedRun> {
  const ended = await toldExecution(stage, await startRun(stage, input), output);
  return { ...ended, ...(await runReport(stage, ended.run)) };
}

export function showRun(output: Output, ended: EndedRun): void {
  output.line();
  showReport(output, ended);
  output.line();
  output.line(endedText(ended));
  if (ended.status !== 'SUCCEEDED' && ended.datasets.every(({ error }) => error === undefined)) output.line(`  ${ended.cause ?? ''}`);
}

/** @throws CommandFailed when the run did not end well. */
export function mustHaveSucceeded({ status, error, cause }: EndedRun): void {
  if (status === 'SUCCEEDED') return;
  throw new CommandFailed({
    expected: 'the run to end well',
    found: `${status}: ${error}: ${cause}`,
    remedy: 'npx etl status, npx etl logs plan (or extract, commit, spark, …)',
  });
}
