/** Puts a program on a PATH of the test's own that answers as another version would. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function program(folder: string, name: string, says: string, exitStatus = 0): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' '${says}'\nexit ${exitStatus}\n`);
  chmodSync(path, 0o755);
  return path;
}
