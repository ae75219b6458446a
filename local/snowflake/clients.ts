/** Decides who may ask for a token: one client that reads for the pipeline, one that loads the sample data. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Client = z.object({ clientId: z.string(), clientSecret: z.string(), role: z.string() });
export type Client = z.infer<typeof Client>;
const Clients = z.object({ reader: Client, loader: Client });
export type Clients = z.infer<typeof Clients>;

/** Drawn once for a folder: a restart leaves the secret in Secrets Manager as good as it was. */
export async function keptClients(folder: string): Promise<Clients> {
  const path = join(folder, 'clients.json');
  const drawn: Clients = {
    reader: { clientId: 'etl-pipeline', clientSecret: randomBytes(24).toString('base64url'), role: 'ETL_READER' },
    loader: { clientId: 'sample-data', clientSecret: randomBytes(24).toString('base64url'), role: 'LOADER' },
  };
  try {
    await writeFile(path, JSON.stringify(drawn), { mode: 0o600, flag: 'wx' });
    return drawn;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return Clients.parse(JSON.parse(await readFile(path, 'utf8')));
  }
}
