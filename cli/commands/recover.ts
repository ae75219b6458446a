/** `etl recover`: brings tables that the lake has lost back from the bucket of backups. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Output } from '../output.ts';
import { megabytes, type Recovered, recover } from '../recovery/recover.ts';
import { openStage } from '../stage.ts';
import { commonOptions } from './options.ts';
import { timeIn } from './time-in.ts';

interface Options {
  table?: string[];
  asOf?: Date;
  dryRun: boolean;
}

export function addRecover(program: Command): void {
  program
    .command('recover')
    .description('bring tables that the lake has lost back from the backups; those that are there stay as they are')
    .option('-t, --table <tables...>', 'only these, as silver.users; without it all of Bronze, Silver and quarantine')
    .option(
      '--as-of <time>',
      'as the backups were then (2026-03-01T06:00:00Z): before the loss, since deletions reach them; default: now',
      time,
    )
    .option('-n, --dry-run', 'say what it would do, and do nothing', false)
    .action(async ({ table: tables, asOf = new Date(), dryRun }: Options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const stage = await openStage(name);
      const recovered = await recover(stage, { tables, asOf, dryRun }, (line) => output.line(`  ${line}`));
      output.result(recovered, () => show(output, recovered, dryRun));
      if (recovered.some(({ state }) => state === 'unreadable')) process.exitCode = 1;
    });
}

function time(text: string): Date {
  const parsed = timeIn(text);
  if (parsed) return parsed;
  throw new InvalidArgumentError('expected a time in ISO 8601 (2026-03-01T06:00:00Z)');
}

function show(output: Output, recovered: readonly Recovered[], dryRun: boolean): void {
  output.table(
    ['table', 'in the lake', 'version', 'of', 'batch', 'in the ledger', 'objects', 'MB'],
    recovered.map((each) => [
      each.table,
      each.state,
      each.version,
      each.newestVersion,
      each.batch,
      each.ledgerBatch,
      each.objects,
      megabytes(each.bytes),
    ]),
  );
  output.line();
  if (dryRun) output.line('Nothing was changed.');
  for (const { table, version } of recovered.filter(isBehind)) output.line(`Next: npx etl restore --table ${table} --to ${version} --wait`);
  if (recovered.some(isBehind)) output.line('Bronze before Silver. Let nothing be loaded until then: npx etl schedule off');
  if (recovered.some(({ state }) => state !== 'there')) output.line('The whole way: docs/runbook.md, "The lake is lost".');
}

/** Batches that the ledger has as committed came after what the backups have. */
const isBehind = ({ state, batch, ledgerBatch }: Recovered) => state !== 'there' && ledgerBatch !== undefined && ledgerBatch !== batch;
