/** A state machine's definition as its file has it: its tasks, wherever they are nested, and the substitutions it asks for. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

const SUFFIX = '.asl.json';

export interface MachineFile {
  /** The file's name without `.asl.json`, and the machine's. */
  name: string;
  path: string;
  tasks: Task[];
  /** The keys that stand as `${Key}` in the file. */
  substitutions: string[];
}

/** What needs a right: a service that is called, or a reader of a distributed Map. */
const Task = z.looseObject({ Resource: z.string(), Arguments: z.record(z.string(), z.unknown()).default({}) });
export type Task = z.infer<typeof Task>;

/** A Map whose iterations are executions of their own, which the machine starts by itself. */
export const DISTRIBUTED_MAP: Task = { Resource: 'distributed map', Arguments: {} };

export function machineFiles(root: string): MachineFile[] {
  const folder = join(root, 'statemachines');
  const files = readdirSync(folder).filter((file) => file.endsWith(SUFFIX));
  return files.sort().map((file) => readMachineFile(join(folder, file)));
}

function readMachineFile(path: string): MachineFile {
  const text = readFileSync(path, 'utf8');
  const keys = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, key]) => key ?? '');
  return { name: basename(path, SUFFIX), path, tasks: tasksIn(JSON.parse(text)), substitutions: [...new Set(keys)].sort() };
}

function tasksIn(node: unknown): Task[] {
  if (typeof node !== 'object' || node === null) return [];
  const inside = Object.values(node).flatMap(tasksIn);
  if ('Mode' in node && node.Mode === 'DISTRIBUTED') return [DISTRIBUTED_MAP, ...inside];
  return 'Resource' in node ? [Task.parse(node), ...inside] : inside;
}

/** The values for the keys that the file uses. @throws when it uses one that nobody gives a value. */
export function substitutionsFor({ name, substitutions }: MachineFile, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    substitutions.map((key) => {
      const value = values[key];
      if (value !== undefined) return [key, value];
      throw new Error(
        `statemachines/${name}.asl.json: expected one of ${Object.keys(values).sort().join(', ')}; found \${${key}}. To mend it: correct the key, or give it a value in infra/substitutions.ts`,
      );
    }),
  );
}
