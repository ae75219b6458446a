/** Follows an execution to its end and tells a person of it, state by state. */
import { runNameOf } from '../functions/run/run-name.ts';
import { follow } from './execution.ts';
import { type Output, secondsText } from './output.ts';
import type { Stage } from './stage.ts';

export interface EndedExecution {
  run: string;
  execution: string;
  status: string;
  error: string | undefined;
  cause: string | undefined;
  seconds: number;
}

/** Milliseconds after which a person wonders whether anything still goes on. */
const SILENCE = 30_000;

/** How it ended, and after how long. */
export function endedText({ status, error, seconds }: EndedExecution): string {
  return `${status === 'SUCCEEDED' ? 'Ended well' : `Ended as ${status}: ${error ?? ''}`} in ${seconds.toFixed(1)} s.`;
}

export async function toldExecution(stage: Stage, execution: string, output: Output): Promise<EndedExecution> {
  const begun = Date.now();
  const run = runNameOf(execution);
  output.line(`Run ${run}`);
  const {
    status = '',
    error,
    cause,
  } = await follow(execution, {
    // On AWS the history is asked at a rate that its quota allows to dozens of watchers.
    interval: stage.environment ? 300 : 3_000,
    onState: ({ name, milliseconds }) =>
      output.line(`  ${secondsText(Date.now() - begun).padStart(8)}  ${name} (${secondsText(milliseconds)})`),
    silence: SILENCE,
    onSilence: (states, milliseconds) =>
      output.line(`  ${secondsText(Date.now() - begun).padStart(8)}  … ${states.join(', ')}, for ${secondsText(milliseconds)} so far`),
  });
  return { run, execution, status, error, cause, seconds: (Date.now() - begun) / 1000 };
}
