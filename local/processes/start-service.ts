/** Starts one server and waits until it answers, or says why it does not. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { environmentFolder } from '../environment.ts';
import { LocalFailure } from '../local-failure.ts';
import type { EnvironmentFile } from './environment-file.ts';
import { inherited } from './inherited.ts';
import { lastLines } from './last-lines.ts';
import type { Launch, Place, Service } from './service.ts';
import { startWatched, type WatchedProcess } from './watched-process.ts';

/** A JVM on two busy cores has been seen to take 30 s until it listens. */
const START_LIMIT_SECONDS = 120;

export interface Start {
  file: EnvironmentFile;
  signal: AbortSignal;
  /** Called before anything is waited for, so that whoever ends the environment knows of the process. */
  onProcess(process: WatchedProcess): void;
}

export async function startService(service: Service, where: Omit<Place, 'folder'>, { file, signal, onProcess }: Start): Promise<void> {
  const root = environmentFolder(where.environment);
  const folder = join(root, service.name);
  mkdirSync(folder, { recursive: true });
  const log = join(root, 'logs', `${service.name}.log`);
  const launch = await service.prepare({ ...where, folder });
  signal.throwIfAborted();
  const output = openSync(log, 'a', 0o600);
  const process = startWatched(launch, { output, folder, inherited: inherited(join(root, 'tmp')) });
  closeSync(output);
  onProcess(process);
  file.addProcess(service.name, process.pid, log);
  let ended: string | undefined;
  process.ended.then((status) => {
    ended = status === undefined ? 'by a signal' : `with exit status ${status}`;
    file.markEnded(service.name, ended);
  });
  await untilItAnswers(service.name, launch, { log, signal, ended: () => ended });
  file.addFacts(service.key, await launch.facts());
}

async function untilItAnswers(
  name: string,
  launch: Launch<unknown>,
  { log, signal, ended }: { log: string; signal: AbortSignal; ended(): string | undefined },
): Promise<void> {
  const limit = AbortSignal.timeout(START_LIMIT_SECONDS * 1000);
  const either = AbortSignal.any([signal, limit]);
  for (;;) {
    signal.throwIfAborted();
    const found = ended() ? `it ended ${ended()}` : limit.aborted ? 'that it runs and does not' : undefined;
    if (found) {
      throw new LocalFailure(
        `${name}: expected it to answer within ${START_LIMIT_SECONDS} s; found ${found}; its log ${log} ends with:\n${lastLines(log)}`,
      );
    }
    if (await launch.answers(either)) return;
    await pause(100);
  }
}
