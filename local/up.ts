/** Brings an environment up, or finds it up: it hangs on a supervisor, and that on its starter until the starter lets go. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { down } from './down.ts';
import { type Environment, environmentFolder, readEnvironment, supervisorOf } from './environment.ts';
import { LocalFailure } from './local-failure.ts';
import { lastLines } from './processes/last-lines.ts';
import type { Message } from './processes/message.ts';
import { type ServiceName, serviceNames } from './processes/service.ts';

export interface Session {
  environment: Environment;
  /** Whether this call has started it. Then it ends with this process, in whatever way, unless `keep` is called before. */
  started: boolean;
  /** Leaves it up, until `down`. */
  keep(): Promise<void>;
  /** Ends it, if this call has started it. */
  end(): Promise<void>;
}

export interface UpOptions {
  services?: readonly ServiceName[];
  /** Without the data of an earlier time. */
  fresh?: boolean;
  onProgress?(line: string): void;
}

export async function up(
  name: string,
  { services = serviceNames, fresh = false, onProgress = () => undefined }: UpOptions = {},
): Promise<Session> {
  let told = false;
  for (;;) {
    if (supervisorOf(name) === undefined) {
      onProgress(`starting ${services.join(', ')}`);
      const session = await start(name, [...(fresh ? ['--fresh'] : []), ...services], onProgress);
      if (session) return session;
    }
    const environment = readEnvironment(name);
    if (environment?.status === 'up' && supervisorOf(name) !== undefined) {
      const reason = lack(environment, services);
      if (!reason) return { environment, started: false, keep: async () => undefined, end: async () => undefined };
      onProgress(`${name} is up but not whole (${reason}): ending it first`);
      await down(name);
      continue;
    }
    if (!told) onProgress(`another process is starting ${name}: waiting for it`);
    told = true;
    await pause(200);
  }
}

/** What keeps an environment from being used as it is. */
function lack({ processes }: Environment, services: readonly ServiceName[]): string | undefined {
  const ended = processes.find((each) => each.ended);
  if (ended) return `${ended.name} ended ${ended.ended}; its log: ${ended.log}`;
  const missing = services.filter((service) => !processes.some((each) => each.name === service));
  return missing.length > 0 ? `it runs without ${missing.join(', ')}` : undefined;
}

/** undefined when another process was faster. */
async function start(name: string, words: string[], onProgress: (line: string) => void): Promise<Session | undefined> {
  const logs = join(environmentFolder(name), 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = join(logs, 'supervisor.log');
  const output = openSync(log, 'a', 0o600);
  const supervisor = fork(join(import.meta.dirname, 'processes', 'supervisor.ts'), [name, ...words], {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const exit = once(supervisor, 'exit');
  const forget = endOnSignal(supervisor, exit, onProgress);
  const message = await lastMessage(supervisor, onProgress);
  if (message?.kind !== 'up') {
    forget();
    await exit;
    if (message?.kind === 'taken') return undefined;
    throw new LocalFailure(
      message?.kind === 'failed'
        ? message.message
        : `expected ${name} to come up; found that its supervisor ended; ${log} ends with:\n${lastLines(log)}`,
    );
  }
  const environment = readEnvironment(name);
  if (!environment) throw new LocalFailure(`expected ${name} to stay up; found that it was ended; its log: ${log}`);
  // This process may end when its work is done, although the supervisor goes on.
  supervisor.unref();
  supervisor.channel?.unref();
  return {
    environment,
    started: true,
    async keep() {
      forget();
      await new Promise<void>((resolve, reject) => supervisor.send('keep', (error) => (error ? reject(error) : resolve())));
      supervisor.disconnect();
    },
    async end() {
      forget();
      supervisor.ref();
      supervisor.kill('SIGTERM');
      await exit;
    },
  };
}

function lastMessage(
  supervisor: ChildProcess,
  onProgress: (line: string) => void,
): Promise<Exclude<Message, { kind: 'ready' }> | undefined> {
  return new Promise((resolve) => {
    supervisor.on('message', (message: Message) => {
      if (message.kind === 'ready') onProgress(`${message.service} answers (${message.seconds.toFixed(1)} s)`);
      else resolve(message);
    });
    supervisor.on('exit', () => resolve(undefined));
  });
}

/** The supervisor ends with this process anyway; waiting for it shows the user when everything is gone. Returns how to stop listening. */
function endOnSignal(supervisor: ChildProcess, exit: Promise<unknown>, onProgress: (line: string) => void): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const listeners = Object.entries(signals).map(([signal, status]) => {
    const listener = async () => {
      onProgress('ending what was started');
      supervisor.ref();
      supervisor.kill('SIGTERM');
      await exit;
      process.exit(status);
    };
    process.once(signal, listener);
    return () => process.removeListener(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}
