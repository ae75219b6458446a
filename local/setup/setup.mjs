/**
 * Set-up, which `npm start` and `npm test` run first: installs what is missing, all of it in this checkout, and is over at once when nothing is.
 * Plain JavaScript without packages, since it runs before there are any.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endWithNpm } from '../processes/end-with-parent.mjs';
import { pidLockHolder, takePidLock } from '../processes/pid-lock.mjs';
import { chooseJava } from './find-java.mjs';
import { findPython } from './find-python.mjs';
import { installJars } from './install-jars.mjs';
import { installNpm } from './install-npm.mjs';
import { getInstaller, installPython } from './install-python.mjs';
import { checkout, parts } from './parts.mjs';
import { endTools } from './run-tool.mjs';
import { isSetUp, missingParts, stampPart } from './stamp.mjs';

const OLDEST_NODE = 20;
const began = performance.now();

endWithNpm();
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.on(signal, () => {
    endTools();
    process.exit(status);
  });
}

if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
  process.stderr.write(`setup: expected Node ${OLDEST_NODE} or newer; found ${process.version}; install one\n`);
  process.exit(1);
}
try {
  if (!isSetUp()) await setUp();
} catch (error) {
  endTools();
  process.stderr.write(`setup: ${error.message}\nTo go on where it stopped: node local/setup/setup.mjs\n`);
  process.exitCode = 1;
}

async function setUp() {
  mkdirSync(join(checkout, '.etl'), { recursive: true });
  await haveAlone(join(checkout, '.etl', 'set-up.pid'));
  const missing = missingParts();
  process.stdout.write(`Set-up: ${missing.length > 0 ? missing.join(', ') : 'java'}\n`);
  // What is slow by downloads runs beside what is slow by unpacking.
  const results = await Promise.allSettled([missing.includes('npm') && phase('npm packages', 'npm', installNpm), setUpPython(missing)]);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  process.stdout.write(`Set up in ${seconds(began)}\n`);
}

async function setUpPython(missing) {
  if (missing.includes('lake')) {
    const python = await findPython();
    const installer = await phase(`installer for ${python}`, undefined, () => getInstaller(python));
    await phase('Python for Spark, AWS and Snowflake', 'lake', () => installPython(parts.lake, python, installer));
  }
  const java = await chooseJava();
  if (missing.includes('jars')) await phase('jars of Delta and Kafka', 'jars', () => installJars(java, parts.jars));
}

/** Runs and times one part, and stamps it when it is whole. */
async function phase(title, part, work) {
  const start = performance.now();
  const result = await work();
  if (part) stampPart(part);
  process.stdout.write(`  ✓ ${title} (${seconds(start)})\n`);
  return result;
}

function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** Waits for another set-up of this checkout, which may do all there is to do. */
async function haveAlone(lock) {
  const holder = takePidLock(lock);
  if (holder === undefined) return;
  process.stdout.write(`Set-up: another one (process ${holder}) is at work: waiting for it\n`);
  while (pidLockHolder(lock) !== undefined) await pause(200);
  await haveAlone(lock);
}
