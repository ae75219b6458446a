/**
 * `npm run test:emr-6.15`: the tests of the jobs once more, on the Spark and the Delta of EMR 6.15 (3.4.1 and 2.4.0). Set-up comes first
 * (the script's `pre`), what this line needs beside it is installed here. Arguments go to pytest.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from '../local/setup/find-python.mjs';
import { installJars } from '../local/setup/install-jars.mjs';
import { getInstaller, installPython } from '../local/setup/install-python.mjs';
import { checkout, emr615, javaRecord } from '../local/setup/parts.mjs';
import { runTool } from '../local/setup/run-tool.mjs';
import { TWO_SPARKS } from './suites.ts';

const python = await olderPython();
process.stdout.write(`Python for Spark 3.4.1: ${python}\n`);
await installPython(emr615.python, python, await getInstaller(python));
await installJars(JSON.parse(readFileSync(javaRecord, 'utf8')).java, emr615.jars);
const tests = process.argv.length > 2 ? process.argv.slice(2) : ['test/spark-jobs', ...TWO_SPARKS];
const { status } = spawnSync(join(emr615.python.folder, 'bin', 'python'), ['-m', 'pytest', ...tests], {
  cwd: checkout,
  stdio: 'inherit',
  env: { ...process.env, ETL_SPARK_JARS: join(emr615.jars.folder, 'emr-6.15') },
});
process.exitCode = status ?? 1;

/** Spark 3.4 knows no Python after 3.11. */
async function olderPython() {
  const names = process.env.ETL_PYTHON ? [process.env.ETL_PYTHON] : ['python3.11', 'python3.10', 'python3'];
  for (const name of names) {
    const path = await findPython({ ...process.env, ETL_PYTHON: name }).catch(() => undefined);
    if (path && /^3\.1[01]$/m.test(await runTool(path, ['-c', 'import sys; print(f"3.{sys.version_info[1]}")']))) return path;
  }
  throw new Error(`expected Python 3.10 or 3.11; found none as ${names.join(', ')}. Name one: ETL_PYTHON=/path/to/python3.11`);
}
