/** Decides what environment.json says from moment to moment; each change is written whole, so that a reader never sees half. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, environmentFolder } from '../environment.ts';
import { processStart } from './process-start.mjs';
import type { Facts, FactsKey } from './service.ts';

export class EnvironmentFile {
  readonly path: string;
  #environment: Environment;

  constructor(name: string) {
    this.path = join(environmentFolder(name), 'environment.json');
    this.#environment = { name, status: 'starting', supervisor: { pid: process.pid }, processes: [] };
    this.#write();
  }

  addProcess(name: string, pid: number, log: string): void {
    // One that has ended already has no start; it is reported as ended in a moment.
    this.#environment.processes.push({ name, pid, started: processStart(pid) ?? '', log });
    this.#write();
  }

  addFacts<Key extends FactsKey>(key: Key, facts: Facts<Key>): void {
    this.#environment = { ...this.#environment, [key]: facts };
    this.#write();
  }

  markUp(): void {
    this.#environment.status = 'up';
    this.#write();
  }

  markEnded(name: string, how: string): void {
    const ended = this.#environment.processes.find((each) => each.name === name);
    if (ended) ended.ended = how;
    this.#write();
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  #write(): void {
    const draft = `${this.path}.new`;
    writeFileSync(draft, `${JSON.stringify(this.#environment, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.path);
  }
}
