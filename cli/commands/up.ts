/** `etl up`: the laptop's servers, without app or data. */
import type { Command } from 'commander';
import { up } from '../../local/up.ts';
import { onLaptop } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addUp(program: Command): void {
  program
    .command('up')
    .description("start this laptop's PostgreSQL, Kafka, Snowflake stand-in, AWS and Spark, or find them up")
    .action(async (_options, command: Command) => {
      const { stage, output } = commonOptions(command);
      const session = await up(onLaptop(stage), { onProgress: (line) => output.line(line) });
      await session.keep();
      const { name, started, processes } = { ...session.environment, started: session.started };
      const answer = { environment: name, started, servers: processes.map(({ name, pid, log }) => ({ name, pid, log })) };
      output.result(answer, () => output.line(`${name} is up${started ? '' : ' already'}; npx etl down ends it`));
    });
}
