/** Fetches the Java parts by the Ivy that PySpark carries, and lets in only what the lock says, to the byte. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout, parts } from './parts.mjs';
import { runTool } from './run-tool.mjs';
import { authorityFiles } from './trust.mjs';

const setup = join(checkout, 'local', 'setup');
const python = join(parts.lake.folder, 'bin', 'python');

/**
 * @param {string} java program; needs the environment `lake`
 * @param {{ folder: string, confs: string[], lock: string }} jars
 */
export async function installJars(java, { folder, confs, lock }) {
  if (wrongIn(folder, lock).length === 0) return;
  const work = mkdtempSync(join(checkout, '.etl', 'jars-'));
  try {
    const fetched = join(work, 'jars');
    await runTool(java, [
      ...(await trustSettings(work)),
      ...proxySettings(),
      `-Detl.cache=${join(work, 'cache')}`,
      ...['-jar', await ivyJar(), '-warn', '-settings', join(setup, 'ivysettings.xml'), '-ivy', join(setup, 'ivy.xml')],
      ...['-confs', ...confs, '-types', 'jar', 'bundle', '-retrieve', join(fetched, '[conf]', '[artifact]-[revision].[ext]')],
    ]);
    const wrong = wrongIn(fetched, lock);
    if (wrong.length > 0) {
      throw new Error(
        `expected the jars of ${lock}; found otherwise: ${wrong.join(', ')}. If ivy.xml was changed on purpose, write the lock again`,
      );
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(fetched, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Names of the jars that are missing, changed, or not in the lock. */
function wrongIn(folder, lock) {
  const locked = new Map(
    readFileSync(lock, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split('  ').reverse()),
  );
  mkdirSync(folder, { recursive: true });
  const present = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.jar'));
  const missing = [...locked.keys()].filter((name) => !present.includes(name));
  return [...missing, ...present.filter((name) => locked.get(name) !== sha256(join(folder, name)))];
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function ivyJar() {
  const found = await runTool(python, [
    '-c',
    'import pathlib, pyspark; print(*pathlib.Path(pyspark.__file__).parent.glob("jars/ivy-*.jar"))',
  ]);
  return found.trim();
}

/** A Java knows the authorities that it was built with, which those of this network may not be among. */
async function trustSettings(work) {
  const files = authorityFiles();
  if (files.length === 0) return [];
  const store = join(work, 'truststore.p12');
  await runTool(python, [join(setup, 'truststore.py'), store, ...files]);
  return [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit', '-Djavax.net.ssl.trustStoreType=PKCS12'];
}

/** Java does not read the variable by which everything else finds its proxy. */
function proxySettings() {
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  if (!proxy) return [];
  const { hostname, port } = new URL(proxy);
  return [`-Dhttps.proxyHost=${hostname}`, `-Dhttps.proxyPort=${port || '80'}`];
}
