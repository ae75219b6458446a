/** `etl down`: ends the laptop's servers, their data kept. */
import type { Command } from 'commander';
import { down } from '../../local/down.ts';
import { onLaptop } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addDown(program: Command): void {
  program
    .command('down')
    .description('end everything that runs on this laptop for the pipeline')
    .action(async (_options, command: Command) => {
      const { stage, output } = commonOptions(command);
      const ended = await down(onLaptop(stage));
      output.result({ ended }, () => output.line(ended.length > 0 ? `ended ${ended.join(', ')}` : 'nothing was up'));
    });
}
