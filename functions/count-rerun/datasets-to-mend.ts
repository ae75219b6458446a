/** Which datasets failed or are stale: an open batch that nobody works on, a failure that no commit has followed, or an age above the contract's. */
import { DescribeExecutionCommand, ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { agesOf } from '../ages.ts';
import type { CompiledContracts } from '../contract/contract.ts';
import { isRunning } from '../lease/is-running.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { unitOf } from '../ledger/unit.ts';
import { parsedJson } from '../parsed-json.ts';

export interface ToMend {
  dataset: string;
  /** A run that goes on has it: it is waited for. */
  running: boolean;
}

export async function datasetsToMend(
  ledger: Ledger,
  stepFunctions: SFNClient,
  stateMachineArn: string,
  contracts: CompiledContracts,
  now: Date,
): Promise<ToMend[]> {
  const failedAt = await lastFailures(stepFunctions, stateMachineArn);
  const ages = await agesOf(ledger, contracts, now);
  const found = await Promise.all(
    ages.map(async ({ dataset, stale }) => {
      const head = await ledger.head(unitOf(dataset));
      const running = head.lease !== undefined && (await isRunning(stepFunctions, head.lease.owner));
      const failed = failedAt.get(dataset);
      const failedSince = failed !== undefined && (head.observedAt === undefined || Date.parse(head.observedAt) < failed.getTime());
      return stale || failedSince || head.openSeq !== undefined ? [{ dataset, running }] : [];
    }),
  );
  return found.flat();
}

/** The failed executions that are looked at; older ones are as old as stale. */
const LATEST = 10;

/** When each dataset failed last, by the cause that `etl-pipeline` ends with. */
async function lastFailures(stepFunctions: SFNClient, stateMachineArn: string): Promise<Map<string, Date>> {
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED', maxResults: LATEST }),
  );
  const failures = new Map<string, Date>();
  for (const { executionArn, stopDate, startDate } of executions) {
    const { cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    // A failure counts from the run's start: what was read to its end after that has been mended.
    const at = startDate ?? stopDate;
    if (!at) continue;
    for (const dataset of datasetsOf(cause)) if (!failures.has(dataset)) failures.set(dataset, at);
  }
  return failures;
}

const Cause = z.object({ failed: z.array(z.object({ dataset: z.string() })) });

/** A cause that is not the pipeline's own (a state machine that broke) names no dataset; its open batches do. */
function datasetsOf(cause = ''): string[] {
  return Cause.safeParse(parsedJson(cause)).data?.failed.map(({ dataset }) => dataset) ?? [];
}
