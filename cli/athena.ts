/** Asks Athena, in the pipeline's workgroup, and returns the answer as text cells. */
import { setTimeout as pause } from 'node:timers/promises';
import { AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { CommandFailed } from './command-failed.ts';
import type { Stage } from './stage.ts';

export interface Answer {
  columns: string[];
  rows: (string | null)[][];
}

/** @throws CommandFailed with Athena's reason. */
export async function ask(stage: Stage, sql: string): Promise<Answer> {
  const client = new AthenaClient({});
  const { QueryExecutionId } = await client.send(new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: stage.names.workgroup }));
  await ended(client, QueryExecutionId ?? '', stage.environment ? 50 : 500);
  return answerOf(client, QueryExecutionId ?? '');
}

async function ended(client: AthenaClient, QueryExecutionId: string, interval: number): Promise<void> {
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return;
    if (State === 'FAILED' || State === 'CANCELLED') {
      throw new CommandFailed({
        expected: 'Athena to answer the query',
        found: `${State.toLowerCase()}: ${StateChangeReason}`,
        remedy: 'correct the query; SHOW TABLES IN gold names the tables',
      });
    }
    await pause(interval);
  }
}

async function answerOf(client: AthenaClient, QueryExecutionId: string): Promise<Answer> {
  const cells: (string | null)[][] = [];
  let columns: string[] = [];
  let isSelect = false;
  let NextToken: string | undefined;
  do {
    const page = await client.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
    columns = (page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name }) => Name ?? '');
    for (const { Data } of page.ResultSet?.Rows ?? []) cells.push((Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null));
    isSelect ||= cells[0]?.join() === columns.join();
    NextToken = page.NextToken;
  } while (NextToken);
  // Of a SELECT the first row repeats the names; SHOW and DESCRIBE have no such row.
  return { columns, rows: isSelect ? cells.slice(1) : cells };
}
