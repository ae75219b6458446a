/** Starts a program under the watcher that ends it, and all that it has started, with this process; says when and how it ended. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import type { Launch } from './service.ts';

/** Kafka and PostgreSQL write out what they hold in well under a second each. */
const GRACE_SECONDS = 10;

export interface WatchedProcess {
  /** Of the watcher, which is the process group's as well. */
  pid: number;
  /** Told when the whole group is gone: the server's own exit status, or undefined when it was asked to end. */
  ended: Promise<number | undefined>;
  /** Its output and its errors, where they were to be piped. */
  output: Readable[];
  end(): Promise<void>;
}

export function startWatched(
  { command, env, cwd, stopSignal = 'SIGTERM' }: Pick<Launch<unknown>, 'command' | 'env' | 'cwd' | 'stopSignal'>,
  { output, folder, inherited }: { output: number | 'inherit' | 'pipe'; folder: string; inherited: NodeJS.ProcessEnv },
): WatchedProcess {
  const watcher = spawn(
    '/bin/sh',
    [join(import.meta.dirname, 'watched.sh'), stopSignal.replace('SIG', ''), String(GRACE_SECONDS), ...command],
    { cwd: cwd ?? folder, env: { ...inherited, ...env }, detached: true, stdio: ['ignore', output, output, 'pipe'] },
  );
  if (watcher.pid === undefined) throw new Error(`expected /bin/sh to start ${command[0]}; found that it did not`);
  const lifeline = watcher.stdio[3] as Duplex;
  let status: number | undefined;
  let asked = false;
  lifeline.on('data', (text) => {
    if (!asked) status = Number(text);
  });
  // The watcher ends by killing its own group, so a broken lifeline is how it always goes.
  lifeline.on('error', () => undefined);
  const ended = new Promise<number | undefined>((resolve) => watcher.on('close', () => resolve(status)));
  return {
    pid: watcher.pid,
    ended,
    output: [watcher.stdout, watcher.stderr].filter((each) => each !== null),
    async end() {
      asked = true;
      lifeline.destroy();
      await ended;
    },
  };
}
