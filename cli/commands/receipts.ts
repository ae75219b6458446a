/** `etl receipts verify`: whether landing, Bronze, Silver and quarantine still hold, row for row, what the receipts say. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Contract } from '../../functions/contract/contract.ts';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { checkout } from '../../local/environment.ts';
import { CommandFailed } from '../command-failed.ts';
import { ledgerOf } from '../ledger-of.ts';
import type { Output } from '../output.ts';
import { type Verified, verify } from '../receipts/verify.ts';
import { openStage } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addReceipts(program: Command): void {
  const receipts = program.command('receipts').description('what each batch brought and what became of it');
  receipts
    .command('verify')
    .description('work out anew from the data what the receipts say, and name every batch and layer that differs; starts a cluster')
    .option('-d, --dataset <names...>', 'only these datasets')
    .action(async ({ dataset }: { dataset?: string[] }, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const contracts = contractsOf(dataset);
      const stage = await openStage(name);
      const ledger = ledgerOf(stage);
      const verified = await verify(stage, ledger, contracts, new Date(), output);
      output.result(verified, () => show(output, verified));
      if (verified.findings.length > 0 || verified.datasets.some(({ notVerified }) => notVerified !== undefined)) process.exitCode = 1;
    });
}

function contractsOf(wanted: readonly string[] | undefined): Contract[] {
  const { datasets } = compileContracts(join(checkout, 'contracts'));
  const unknown = wanted?.find((name) => !(name in datasets));
  if (unknown !== undefined)
    throw new CommandFailed({ expected: `one of ${Object.keys(datasets).join(', ')}`, found: unknown, remedy: 'correct the name' });
  return Object.values(datasets).filter(({ dataset }) => wanted?.includes(dataset) ?? true);
}

function show(output: Output, { datasets, findings }: Verified): void {
  output.line();
  output.table(
    ['dataset', 'batches', 'landing', 'bronze', 'silver', 'quarantine', ''],
    datasets.map(({ dataset, batches, landing, bronze, silver, quarantine, gone, notVerified }) => [
      dataset,
      batches,
      landing,
      bronze,
      silver,
      quarantine,
      notVerified ? 'NOT VERIFIED' : findings.some((each) => each.dataset === dataset) ? 'DIFFERS' : goneText(gone),
    ]),
  );
  output.line();
  for (const { dataset, notVerified } of datasets) if (notVerified) output.line(`${dataset} was not verified: ${notVerified}`);
  if (findings.length === 0) {
    output.line('All that was verified is as the receipts say.');
    return;
  }
  output.table(
    ['dataset', 'batch', 'layer', 'expected', 'found'],
    findings.map(({ dataset, batch, layer, expected, found }) => [dataset, batch, layer, expected, found]),
  );
  output.line('\nWhat to do: docs/runbook.md#receipts-that-do-not-verify');
}

function goneText(gone: readonly number[]): string {
  if (gone.length === 0) return 'ok';
  return `ok; landing has nothing of ${gone.length} ${gone.length === 1 ? 'batch' : 'batches'} any more`;
}
