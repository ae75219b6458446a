/**
 * Decides whose turn it is when several alarms have each started a rerun: the one that began first works, one more waits for what may
 * fail meanwhile, and the others end. Otherwise each of them would count and start the same datasets, and call a person the sooner.
 */
import { ListExecutionsCommand, type SFNClient } from '@aws-sdk/client-sfn';

export type Turn = 'work' | 'wait' | 'leave';

/** `execution`: the ARN of the asking rerun. */
export async function turnOf(stepFunctions: SFNClient, execution: string): Promise<Turn> {
  const stateMachineArn = execution.replace(':execution:', ':stateMachine:').replace(/:[^:]+$/, '');
  const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
  const began = executions.map(({ executionArn = '', startDate }) => ({ executionArn, at: startDate?.getTime() ?? 0 }));
  const inOrder = began.sort((a, b) => a.at - b.at || (a.executionArn < b.executionArn ? -1 : 1));
  // The list is some moments old: one that is not in it yet is the youngest.
  const place = inOrder.findIndex(({ executionArn }) => executionArn === execution);
  const before = place === -1 ? inOrder.length : place;
  return (['work', 'wait'] as const)[before] ?? 'leave';
}
