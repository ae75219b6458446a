/** Whether an execution may still write: Step Functions is asked, no clock decides. */
import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient } from '@aws-sdk/client-sfn';

export async function isRunning(stepFunctions: SFNClient, executionArn: string): Promise<boolean> {
  try {
    const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false; // Step Functions forgets executions after 90 days.
    throw error;
  }
}
