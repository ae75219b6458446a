/** What is known of an environment that runs on this machine: `.etl/<name>/environment.json`, written by its supervisor alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { pidLockHolder } from './processes/pid-lock.mjs';

export const checkout = join(import.meta.dirname, '..');

const Login = z.object({ username: z.string(), password: z.string() });

export const Environment = z.object({
  name: z.string(),
  status: z.enum(['starting', 'up']),
  supervisor: z.object({ pid: z.int() }),
  processes: z.array(
    z.object({
      name: z.string(),
      /** Of the watcher and its process group. */
      pid: z.int(),
      started: z.string(),
      log: z.string(),
      /** How it ended, when it did: nothing is started again. */
      ended: z.string().optional(),
    }),
  ),
  aws: z.object({ endpoint: z.url(), region: z.string(), account: z.string() }).optional(),
  sparkDriver: z.object({ endpoint: z.url() }).optional(),
  postgres: z
    .object({
      host: z.string(),
      port: z.int(),
      database: z.string(),
      /** Owns the tables: fills and changes the sample data. */
      admin: Login,
      secret: Login.extend({ host: z.string(), port: z.int(), database: z.string(), ca: z.string() }),
    })
    .optional(),
  kafka: z
    .object({
      brokers: z.array(z.string()),
      /** Administers topics and produces the sample data. */
      admin: Login.extend({ mechanism: z.enum(['SCRAM-SHA-512', 'PLAIN']) }),
      secret: Login.extend({ brokers: z.array(z.string()), mechanism: z.enum(['SCRAM-SHA-512', 'PLAIN']), ca: z.string() }),
    })
    .optional(),
  snowflake: z
    .object({
      endpoint: z.url(),
      /** Of the authority that vouches for the endpoint: the driver reads it from NODE_EXTRA_CA_CERTS alone. */
      ca: z.string(),
      /** Loads the sample data. */
      admin: z.object({ clientId: z.string(), clientSecret: z.string(), role: z.string(), scope: z.string() }),
      secret: z.object({
        account: z.string(),
        accessUrl: z.url(),
        clientId: z.string(),
        clientSecret: z.string(),
        tokenUrl: z.url(),
        scope: z.string(),
        role: z.string(),
        warehouse: z.string(),
        database: z.string(),
        schema: z.string(),
        integration: z.string(),
        unloadRows: z.number(),
      }),
    })
    .optional(),
});
export type Environment = z.infer<typeof Environment>;

export function environmentFolder(name: string): string {
  return join(checkout, '.etl', name);
}

/** What the file says, whether or not its processes still run; undefined where there is none. */
export function readEnvironment(name: string): Environment | undefined {
  let text: string;
  try {
    text = readFileSync(join(environmentFolder(name), 'environment.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return Environment.parse(JSON.parse(text));
}

/** The pid of the supervisor that keeps the environment; undefined when there is none or it has died. */
export function supervisorOf(name: string): number | undefined {
  return pidLockHolder(join(environmentFolder(name), 'supervisor.pid'));
}
