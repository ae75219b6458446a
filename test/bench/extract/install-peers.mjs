/** What else reads PostgreSQL and Kafka, in folders of the benchmark's own. */
import { join } from 'node:path';
import { chooseJava } from '../../../local/setup/find-java.mjs';
import { findPython } from '../../../local/setup/find-python.mjs';
import { installJars } from '../../../local/setup/install-jars.mjs';
import { getInstaller, installPython } from '../../../local/setup/install-python.mjs';
import { checkout } from '../../../local/setup/parts.mjs';

const python = await findPython(process.env);
const peers = {
  folder: join(checkout, '.etl', 'python', 'bench-extract'),
  lock: join(checkout, 'local', 'setup', 'locks', 'bench-extract.txt'),
};
await installPython(peers, python, await getInstaller(python));

const jars = {
  folder: join(checkout, '.etl', 'jars-bench-extract'),
  confs: ['bench-extract'],
  lock: join(checkout, 'local', 'setup', 'locks', 'jars-bench-extract.txt'),
};
await installJars(await chooseJava(), jars);
