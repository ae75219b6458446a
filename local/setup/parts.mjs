/** The parts of set-up: where each is installed, and the files that decide what it is. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));
const locks = join(checkout, 'local', 'setup', 'locks');

export const parts = {
  npm: { folder: join(checkout, 'node_modules'), decidedBy: [join(checkout, 'package-lock.json')] },
  lake: { folder: join(checkout, '.etl', 'python', 'lake'), decidedBy: [join(locks, 'lake.txt')] },
  jars: { folder: join(checkout, '.etl', 'jars'), decidedBy: [join(locks, 'jars.txt')] },
};

/** Which Java there is, for set-up itself and for the servers. */
export const javaRecord = join(checkout, '.etl', 'java.json');
