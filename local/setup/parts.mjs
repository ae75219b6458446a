/** The parts of set-up: where each is installed, and the files that decide what it is. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));
const locks = join(checkout, 'local', 'setup', 'locks');

export const parts = {
  npm: { folder: join(checkout, 'node_modules'), lock: join(checkout, 'package-lock.json') },
  lake: { folder: join(checkout, '.etl', 'python', 'lake'), lock: join(locks, 'lake.txt') },
  /** `confs`: which configurations of ivy.xml they are. */
  jars: { folder: join(checkout, '.etl', 'jars'), confs: ['spark', 'kafka'], lock: join(locks, 'jars.txt') },
};

/** What the tests of the jobs need on the older line of EMR, beside the rest; only those who run them set it up. */
export const emr615 = {
  python: { folder: join(checkout, '.etl', 'python', 'emr-6.15'), lock: join(locks, 'emr-6.15.txt') },
  jars: { folder: join(checkout, '.etl', 'jars-emr-6.15'), confs: ['emr-6.15'], lock: join(locks, 'jars-emr-6.15.txt') },
};

/** Which Java there is, for set-up itself and for the servers. */
export const javaRecord = join(checkout, '.etl', 'java.json');
