/** The options that every command has. */
import type { Command } from 'commander';
import { Output } from '../output.ts';

export function commonOptions(command: Command): { stage: string; output: Output } {
  const { stage, json } = command.optsWithGlobals<{ stage: string; json: boolean }>();
  return { stage, output: new Output(json) };
}
