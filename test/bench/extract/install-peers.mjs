/** What else reads PostgreSQL, in an environment of the benchmark's own. */
import { join } from 'node:path';
import { findPython } from '../../../local/setup/find-python.mjs';
import { getInstaller, installPython } from '../../../local/setup/install-python.mjs';
import { checkout } from '../../../local/setup/parts.mjs';

const python = await findPython(process.env);
const peers = {
  folder: join(checkout, '.etl', 'python', 'bench-extract'),
  lock: join(checkout, 'local', 'setup', 'locks', 'bench-extract.txt'),
};
await installPython(peers, python, await getInstaller(python));
