/** Decides who may log in to the broker: passwords are drawn once for a folder and kept, since its storage remembers them. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Login = z.object({ username: z.string(), password: z.string() });
const Logins = z.object({ admin: Login, reader: Login });
export type Logins = z.infer<typeof Logins>;

export async function keptLogins(folder: string): Promise<Logins> {
  const path = join(folder, 'logins.json');
  const drawn: Logins = {
    admin: { username: 'admin', password: randomBytes(18).toString('base64url') },
    reader: { username: 'etl_reader', password: randomBytes(18).toString('base64url') },
  };
  try {
    await writeFile(path, JSON.stringify(drawn), { mode: 0o600, flag: 'wx' });
    return drawn;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return Logins.parse(JSON.parse(await readFile(path, 'utf8')));
  }
}
