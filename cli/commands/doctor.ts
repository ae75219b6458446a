/** `etl doctor`: what is wrong with a set-up, and how to mend it; each source is really asked. */
import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Command } from 'commander';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { checkout } from '../../local/environment.ts';
import type { Output } from '../output.ts';
import { openStage, type Stage } from '../stage.ts';
import { commonOptions } from './options.ts';

interface Finding {
  check: string;
  ok: boolean;
  says: string;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this set-up, the stage and each of its sources')
    .action(async (_options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const findings = [...machineFindings(), ...(await stageFindings(name))];
      output.result(findings, () => show(output, findings));
      if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

function machineFindings(): Finding[] {
  return [
    finding('Node.js', () => process.version),
    finding('Python for Spark and the local AWS', () =>
      execFileSync(join(checkout, '.etl/python/lake/bin/python'), ['--version'], { encoding: 'utf8' }).trim(),
    ),
    finding('contracts', () => `${Object.keys(compileContracts(join(checkout, 'contracts')).datasets).length} datasets`),
    finding('disk', freeDisk),
  ];
}

const LEAST_FREE_GB = 2;

function freeDisk(): string {
  const { bavail, bsize } = statfsSync(checkout);
  const gigabytes = (bavail * bsize) / 1e9;
  if (gigabytes < LEAST_FREE_GB) throw new Error(`expected ${LEAST_FREE_GB} GB free; found ${gigabytes.toFixed(1)}. To mend it: make room`);
  return `${gigabytes.toFixed(0)} GB free`;
}

async function stageFindings(name: string): Promise<Finding[]> {
  let stage: Stage;
  try {
    stage = await openStage(name);
  } catch (error) {
    return [{ check: `stage ${name}`, ok: false, says: messageOf(error) }];
  }
  const servers = (stage.environment?.processes ?? []).map(({ name: server, ended, log }) =>
    ended === undefined ? { check: server, ok: true, says: 'runs' } : { check: server, ok: false, says: `ended: ${ended}; see ${log}` },
  );
  return [...servers, await deployed(), ...(await sourceFindings())];
}

async function deployed(): Promise<Finding> {
  return findingOf('stacks', async () => {
    const { Stacks = [] } = await new CloudFormationClient({}).send(new DescribeStacksCommand({}));
    const ours = Stacks.filter(({ StackName }) => StackName?.startsWith('etl-'));
    const bad = ours.filter(({ StackStatus }) => !/^(CREATE|UPDATE)_COMPLETE$/.test(StackStatus ?? ''));
    if (ours.length === 0) throw new Error('expected the stacks etl-*; found none. To mend it: npx etl deploy');
    if (bad.length > 0)
      throw new Error(
        `${bad.map(({ StackName, StackStatus }) => `${StackName} is ${StackStatus}`).join(', ')}. To mend it: npx etl deploy`,
      );
    return `${ours.length} deployed`;
  });
}

/** A trial of a plan writes nothing, so it can be asked of a source at any time; credentials, rights, tables and columns are all tried by it. */
async function sourceFindings(): Promise<Finding[]> {
  const { datasets } = compileContracts(join(checkout, 'contracts'));
  // What functions measure and log is CloudWatch's; here it would stand among the findings.
  Object.assign(process.env, { POWERTOOLS_METRICS_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' });
  // The drivers take half a second to load, which no other command has to wait for.
  const { sourceOf } = await import('../../functions/sources/by-kind.ts');
  return Promise.all(
    Object.values(datasets).map((contract) =>
      findingOf(`${contract.source}: ${contract.dataset}`, async () => {
        const plan = await sourceOf(contract.source).plan({ contract, watermark: undefined, mode: 'incremental', isTrial: true });
        return plan ? `answers; a first load would take ${plan.chunks.length} chunks` : 'answers; it is empty';
      }),
    ),
  );
}

function finding(check: string, work: () => string): Finding {
  try {
    return { check, ok: true, says: work() };
  } catch (error) {
    return { check, ok: false, says: messageOf(error) };
  }
}

async function findingOf(check: string, work: () => Promise<string>): Promise<Finding> {
  try {
    return { check, ok: true, says: await work() };
  } catch (error) {
    return { check, ok: false, says: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function show(output: Output, findings: Finding[]): void {
  for (const { check, ok, says } of findings) output.line(`${ok ? '✓' : '✗'} ${check}: ${says}`);
}
