/** `etl status`: how old each dataset is, what is open and who has it, and the last runs. */

import { join } from 'node:path';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Command } from 'commander';
import { agesOf } from '../../functions/ages.ts';
import { GOLD, unitOf } from '../../functions/ledger/unit.ts';
import { runNameOf } from '../../functions/run/run-name.ts';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { checkout } from '../../local/environment.ts';
import { ledgerOf } from '../ledger-of.ts';
import type { Output } from '../output.ts';
import { openStage, type Stage } from '../stage.ts';
import { commonOptions } from './options.ts';

const RUNS_SHOWN = 5;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('how fresh each dataset is, what is open, and the last runs')
    .action(async (_options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const status = await statusOf(await openStage(name));
      output.result(status, () => show(output, status));
    });
}

interface Status {
  datasets: {
    dataset: string;
    batches: number;
    open: number | undefined;
    heldBy: string | undefined;
    ageSeconds: number | undefined;
    stale: boolean;
  }[];
  gold: { builds: number; open: number | undefined; heldBy: string | undefined };
  runs: { run: string; status: string; startedAt: string; seconds: number | undefined }[];
}

async function statusOf(stage: Stage): Promise<Status> {
  const ledger = ledgerOf(stage);
  const contracts = compileContracts(join(checkout, 'contracts'));
  const datasets = (await agesOf(ledger, contracts, new Date())).map(async ({ dataset, seconds, stale }) => {
    const { seq, openSeq, lease } = await ledger.head(unitOf(dataset));
    return { dataset, batches: seq, open: openSeq, heldBy: lease && runNameOf(lease.owner), ageSeconds: seconds, stale };
  });
  const gold = await ledger.head(GOLD);
  const { executions = [] } = await new SFNClient({}).send(
    new ListExecutionsCommand({ stateMachineArn: stage.names.machines.pipeline.arn, maxResults: RUNS_SHOWN }),
  );
  return {
    datasets: await Promise.all(datasets),
    gold: { builds: gold.seq, open: gold.openSeq, heldBy: gold.lease && runNameOf(gold.lease.owner) },
    runs: executions.map(({ name = '', status = '', startDate, stopDate }) => ({
      run: name,
      status,
      startedAt: startDate?.toISOString() ?? '',
      seconds: startDate && stopDate ? (stopDate.getTime() - startDate.getTime()) / 1000 : undefined,
    })),
  };
}

function show(output: Output, { datasets, gold, runs }: Status): void {
  output.table(
    ['dataset', 'batches', 'open', 'held by', 'age', ''],
    [
      ...datasets.map((row) => [row.dataset, row.batches, row.open, row.heldBy, ageText(row.ageSeconds), row.stale ? 'STALE' : undefined]),
      ['(gold)', gold.builds, gold.open, gold.heldBy, undefined, undefined],
    ],
  );
  output.line();
  output.table(
    ['run', 'status', 'started', 'seconds'],
    runs.map(({ run, status, startedAt, seconds }) => [run, status, startedAt, seconds?.toFixed(1)]),
  );
}

function ageText(seconds: number | undefined): string {
  if (seconds === undefined) return 'never loaded';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
