/** Starts an execution of a state machine and follows it: each state with its seconds as it ends. */
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
  rule?: string;
  abandon?: boolean;
  table?: string;
  to?: number | string;
}

export interface StateEnded {
  name: string;
  milliseconds: number;
}

/** How often the execution is looked at, in milliseconds, and what a person who watches is told. */
export interface Watcher {
  interval: number;
  onState: (state: StateEnded) => void;
  /** After so many milliseconds without the end of a state, and again after as many. */
  silence: number;
  /** The states that go on, since when the longest of them does. */
  onSilence: (states: string[], milliseconds: number) => void;
}

export async function startRun({ names }: Stage, input: RunInput): Promise<string> {
  return startMachine(names.machines.pipeline, input);
}

/** The ARN of the execution. */
export async function startMachine({ arn }: { arn: string }, input: object): Promise<string> {
  const { executionArn } = await new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn: arn, input: JSON.stringify(input) }));
  return executionArn ?? '';
}

/** Resolves when the execution has ended. */
export async function follow(executionArn: string, watcher: Watcher): Promise<DescribeExecutionCommandOutput> {
  const client = new SFNClient({});
  const progress = new Progress(watcher);
  for (;;) {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    await progress.take(client, executionArn);
    progress.breakSilence();
    if (described.status !== 'RUNNING' && described.status !== 'PENDING_REDRIVE') return described;
    await pause(watcher.interval);
  }
}

class Progress {
  readonly #watcher: Watcher;
  readonly #entered = new Map<string, number>();
  readonly #working = new Map<string, number>();
  #lastSeen = 0;
  #lastTold = Date.now();

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  breakSilence(): void {
    if (this.#working.size === 0 || Date.now() - this.#lastTold < this.#watcher.silence) return;
    this.#lastTold = Date.now();
    this.#watcher.onSilence([...this.#working.keys()], Date.now() - Math.min(...this.#working.values()));
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
    if (entered && WORKS.has(event.type ?? '')) this.#working.set(entered, at);
    const exited = event.stateExitedEventDetails?.name;
    if (exited && DOES_WORK.has(event.type ?? '')) {
      this.#working.delete(exited);
      this.#lastTold = Date.now();
      this.#watcher.onState({ name: exited, milliseconds: at - (this.#entered.get(exited) ?? at) });
    }
  }
}

/** Choices and passes take no time and say nothing to a person. */
const DOES_WORK: ReadonlySet<string> = new Set(['TaskStateExited', 'MapStateExited', 'ParallelStateExited', 'WaitStateExited']);

/** What holds other states is told by them. */
const WORKS: ReadonlySet<string> = new Set(['TaskStateEntered', 'WaitStateEntered']);
