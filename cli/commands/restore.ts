/** `etl restore`: takes a table of Bronze or Silver back to an earlier version, and the batches since once more. */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type TableVersion, versionIn, versionsOf } from '../../functions/delta/table-versions.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { RESTORED, restoreOf, type WhatToRestore } from '../../functions/plan/restore-plan.ts';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { checkout } from '../../local/environment.ts';
import { CommandFailed } from '../command-failed.ts';
import { ledgerOf } from '../ledger-of.ts';
import type { Output } from '../output.ts';
import { openStage, type Stage } from '../stage.ts';
import { commonOptions } from './options.ts';
import { startAndShow } from './run.ts';
import { timeIn } from './time-in.ts';

interface Options {
  table: string;
  to?: number | string;
  dryRun: boolean;
  abandon: boolean;
  wait: boolean;
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description(
      'take a table of Bronze or Silver back to an earlier version, then its batches since once more; without --to: its versions',
    )
    .requiredOption('-t, --table <table>', 'as silver.users')
    .option('--to <version or time>', 'a version, or a time in ISO 8601 (2026-03-01T06:00:00Z): what stood then', versionOrTime)
    .option('-n, --dry-run', 'say what it would do, and do nothing', false)
    .option('--abandon', 'give up the open batch of the dataset first: the only way out of a restore that cannot end', false)
    .option('-w, --wait', 'follow the run to its end; the exit code says how it ended', false)
    .action(async ({ table, to, dryRun, abandon, wait }: Options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const asked = tableNamed(table);
      const stage = await openStage(name);
      if (to === undefined) await showVersions(stage, asked, output);
      else if (dryRun) await showPlan(stage, { ...asked, to }, output);
      else await startAndShow(stage, { mode: 'restore', table, to, ...(abandon ? { abandon } : {}) }, wait, output);
    });
}

type Table = Omit<WhatToRestore, 'to'>;

function tableNamed(table: string): Table {
  const { datasets } = compileContracts(join(checkout, 'contracts'));
  const [layer, dataset = ''] = table.split('.', 2);
  const restored = RESTORED.find((each) => each === layer);
  if (restored && datasets[dataset]) return { layer: restored, dataset };
  throw new CommandFailed({
    expected: `a table of Bronze or Silver, of ${Object.keys(datasets).join(', ')}`,
    found: table,
    remedy:
      layer === 'gold'
        ? `Gold is made from Silver, and made anew by: npx etl run --dataset ${table} --mode full`
        : 'correct the name, as silver.users',
  });
}

function versionOrTime(text: string): number | string {
  if (/^\d+$/.test(text)) return Number(text);
  const time = timeIn(text);
  if (time) return time.toISOString();
  throw new InvalidArgumentError('expected a version (12) or a time in ISO 8601 (2026-03-01T06:00:00Z)');
}

const lakeOf = ({ names }: Stage) => `s3://${names.buckets.lake}`;

/** So many are read of the log, newest first. */
const SHOWN = 30;

async function showVersions(stage: Stage, { layer, dataset }: Table, output: Output): Promise<void> {
  const table = `${lakeOf(stage)}/${layer}/${dataset}`;
  const newest = (await versionsOf(table)).slice(-SHOWN).reverse();
  const versions = (await Promise.all(newest.map((version) => versionIn(table, version)))).filter((each) => each !== undefined);
  output.result(versions, () => {
    if (versions.length === 0) output.line(`${layer}.${dataset} has no versions: it was never loaded.`);
    else output.table(['version', 'committed', 'batch', 'by'], versions.map(row));
  });
}

const row = ({ version, committedAt, batch, operation }: TableVersion) => [version, committedAt.toISOString(), batch ?? '', operation];

async function showPlan(stage: Stage, what: WhatToRestore, output: Output): Promise<void> {
  const ledger = ledgerOf(stage);
  const head = await ledger.head(unitOf(what.dataset));
  const restore = await restoreOf(lakeOf(stage), ledger, head, what);
  const found = await versionIn(`${lakeOf(stage)}/${what.layer}/${what.dataset}`, restore.version);
  const plan = { ...restore, committedAt: found?.committedAt.toISOString(), openBatch: head.openSeq };
  output.result(plan, () => {
    output.line(
      `${what.layer}.${what.dataset} goes back to version ${plan.version} of ${plan.committedAt}, which has batch ${plan.after}.`,
    );
    output.line(
      plan.replay.length === 0
        ? 'No batch was committed since: nothing is taken again.'
        : `Taken again, in order: ${plan.replay.length} batches, ${plan.replay[0]} to ${plan.replay.at(-1)}.`,
    );
    if (plan.openBatch !== undefined) output.line(`Batch ${plan.openBatch} is open: let it end first, or add --abandon.`);
    output.line('Gold follows in the same run. Nothing was changed.');
  });
}
