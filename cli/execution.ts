/** Starts an execution of `etl-pipeline` and follows it: each state with its seconds as it ends. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Stage } from './stage.ts';

export interface RunInput {
  datasets?: string[];
  mode?: string;
  abandon?: boolean;
}

export interface StateEnded {
  name: string;
  milliseconds: number;
}

export async function startRun({ names }: Stage, input: RunInput): Promise<string> {
  const { executionArn } = await new SFNClient({}).send(
    new StartExecutionCommand({ stateMachineArn: names.machines.pipeline.arn, input: JSON.stringify(input) }),
  );
  return executionArn ?? '';
}

/** Resolves when the execution has ended. */
export async function follow(
  stage: Stage,
  executionArn: string,
  onState: (state: StateEnded) => void,
): Promise<DescribeExecutionCommandOutput> {
  const client = new SFNClient({});
  const progress = new Progress(onState);
  const interval = stage.environment ? 300 : 3_000; // On AWS the history is asked at a rate that its quota allows to dozens of watchers.
  for (;;) {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    await progress.take(client, executionArn);
    if (described.status !== 'RUNNING' && described.status !== 'PENDING_REDRIVE') return described;
    await pause(interval);
  }
}

class Progress {
  readonly #onState: (state: StateEnded) => void;
  readonly #entered = new Map<string, number>();
  #lastSeen = 0;

  constructor(onState: (state: StateEnded) => void) {
    this.#onState = onState;
  }

  async take(client: SFNClient, executionArn: string): Promise<void> {
    let nextToken: string | undefined;
    do {
      const page = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
      for (const event of page.events ?? []) if ((event.id ?? 0) > this.#lastSeen) this.#event(event);
      nextToken = page.nextToken;
    } while (nextToken);
  }

  #event(event: HistoryEvent): void {
    this.#lastSeen = event.id ?? this.#lastSeen;
    const at = event.timestamp?.getTime() ?? 0;
    const entered = event.stateEnteredEventDetails?.name;
    if (entered) this.#entered.set(entered, at);
    const exited = event.stateExitedEventDetails?.name;
    if (exited && DOES_WORK.has(event.type ?? '')) {
      this.#onState({ name: exited, milliseconds: at - (this.#entered.get(exited) ?? at) });
    }
  }
}

/** Choices and passes take no time and say nothing to a person. */
const DOES_WORK: ReadonlySet<string> = new Set(['TaskStateExited', 'MapStateExited', 'ParallelStateExited', 'WaitStateExited']);
