/** Where set-up has put what the servers run on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkout } from '../environment.ts';
import { LocalFailure } from '../local-failure.ts';

const Java = z.object({ java: z.string() });

export function installed(): { java: string; python: { lake: string } } {
  const etl = join(checkout, '.etl');
  const record = join(etl, 'java.json');
  const python = { lake: join(etl, 'python', 'lake', 'bin', 'python') };
  const missing = [record, python.lake].find((path) => !existsSync(path));
  if (missing) throw new LocalFailure(`expected what set-up installs; found nothing at ${missing}; run: node local/setup/setup.mjs`);
  return { java: Java.parse(JSON.parse(readFileSync(record, 'utf8'))).java, python };
}
