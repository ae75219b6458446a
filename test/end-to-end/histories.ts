/** What Step Functions remembers of executions: their events, in order, and the latest executions of a machine. */
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  type ExecutionListItem,
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { until } from '../until.ts';

export async function historyOf(executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client: new SFNClient({}), pageSize: 1000 }, { executionArn }))
    events.push(...(page.events ?? []));
  return events;
}

export async function statesEntered(executionArn: string): Promise<string[]> {
  return (await historyOf(executionArn)).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
}

export async function executionsSince(stateMachineArn: string, since: Date): Promise<ExecutionListItem[]> {
  const { executions = [] } = await new SFNClient({}).send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100 }));
  return executions.filter(({ startDate }) => startDate !== undefined && startDate >= since);
}

export async function describe(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  return new SFNClient({}).send(new DescribeExecutionCommand({ executionArn }));
}

/** How it ended, once it has. */
export async function ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
  await until(`the end of ${executionArn}`, async () => (await describe(executionArn)).status !== 'RUNNING', 120);
  return describe(executionArn);
}

export async function reached(executionArn: string, state: string): Promise<void> {
  await until(`${executionArn} to reach ${state}`, async () => (await statesEntered(executionArn)).includes(state), 120);
}

/** The states that it has entered and not left. */
export async function statesInside(executionArn: string): Promise<string[]> {
  const inside: string[] = [];
  for (const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } of await historyOf(executionArn)) {
    if (entered?.name) inside.push(entered.name);
    if (exited?.name) inside.splice(inside.indexOf(exited.name), 1);
  }
  return inside;
}
