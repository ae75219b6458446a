/** Decides when the laptop's servers get a new certificate: when there is none, or it ends within a month. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificates } from '../processes/service.ts';

const run = promisify(execFile);
const MONTH = 30 * 24 * 3_600_000;

/** `parent`: the folder under which `certificates` lies. Node cannot sign a certificate, so Python does. */
export async function certificates(parent: string, python: string): Promise<Certificates> {
  const folder = join(parent, 'certificates');
  const paths = { ca: join(folder, 'ca.pem'), certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
  if (!lasts(paths)) {
    // Two environments may come here at once: each issues beside the place and moves whole folders.
    const made = mkdtempSync(join(parent, 'certificates-'));
    await run(python, [join(import.meta.dirname, 'issue.py'), made]);
    rmSync(folder, { recursive: true, force: true });
    moveInto(made, folder);
  }
  return paths;
}

function lasts({ ca, certificate, key }: Certificates): boolean {
  if (![ca, certificate, key].every((path) => existsSync(path))) return false;
  const read = new X509Certificate(readFileSync(certificate));
  return read.validToDate.getTime() - Date.now() > MONTH;
}

function moveInto(made: string, folder: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    // The other one was there first: its certificate is as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    rmSync(made, { recursive: true });
  }
}
