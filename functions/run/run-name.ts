/** The name of a run: its execution's, the last part of the ARN. */
export function runNameOf(executionArn: string): string {
  return executionArn.slice(executionArn.lastIndexOf(':') + 1);
}
