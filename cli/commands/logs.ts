/** `etl logs`: the last lines of a function, of the last Spark step, or of a server of the laptop. */
import { readFileSync } from 'node:fs';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { Command } from 'commander';
import { functionName } from '../../config/names.ts';
import { CommandFailed } from '../command-failed.ts';
import { sparkLog } from '../spark-log.ts';
import { openStage, type Stage } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description(
      'the last lines of a function (plan, extract, commit, …), of the last Spark step (spark) or of a server on this laptop (postgres, kafka, aws, …)',
    )
    .argument('<name>', 'function, spark or server')
    .option('-n, --lines <count>', 'how many', '50')
    .action(async (name: string, { lines }: { lines: string }, command: Command) => {
      const { stage: stageName, output } = commonOptions(command);
      const stage = await openStage(stageName);
      const log = name === 'spark' ? sparkLog(stage) : (serverLog(stage, name) ?? (await functionLog(name)));
      const last = log.slice(-Number(lines));
      output.result({ name, lines: last }, () => {
        for (const line of last) output.line(line);
      });
    });
}

function serverLog({ environment }: Stage, name: string): string[] | undefined {
  const server = environment?.processes.find((process) => process.name === name);
  return server && readFileSync(server.log, 'utf8').trimEnd().split('\n');
}

const HOURS_SHOWN = 24;

async function functionLog(name: string): Promise<string[]> {
  const client = new CloudWatchLogsClient({});
  const logGroupName = `/aws/lambda/${functionName(name)}`;
  const lines: string[] = [];
  let nextToken: string | undefined;
  try {
    do {
      const page = await client.send(
        new FilterLogEventsCommand({ logGroupName, nextToken, startTime: Date.now() - HOURS_SHOWN * 3_600_000 }),
      );
      for (const { timestamp, message } of page.events ?? []) lines.push(`${new Date(timestamp ?? 0).toISOString()} ${message?.trimEnd()}`);
      nextToken = page.nextToken;
    } while (nextToken);
  } catch (cause) {
    if ((cause as Error).name !== 'ResourceNotFoundException') throw cause;
    throw new CommandFailed({
      expected: 'the name of a function of the pipeline, spark, or a server on this laptop',
      found: name,
      remedy: 'npx etl logs plan; functions are the folders of functions/ that hold a handler.ts',
      cause,
    });
  }
  return lines;
}
