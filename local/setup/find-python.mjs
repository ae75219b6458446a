/** Decides which Python set-up uses: the one that ETL_PYTHON names, else the first of 3.10 to 3.13 on PATH. */
import { runTool } from './run-tool.mjs';

const [OLDEST, NEWEST] = [10, 13];
const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/** The interpreter itself, not a version manager's stand-in for it, which may need its user's home. */
const ASK = 'import ensurepip, os, sys; print(sys.version_info[0], sys.version_info[1], os.path.realpath(sys.executable))';

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<string>} path of the interpreter
 */
export async function findPython(env = process.env) {
  const names = env.ETL_PYTHON ? [env.ETL_PYTHON] : NAMES;
  const found = [];
  for (const name of names) {
    const answer = await ask(name, env);
    const [, major, minor, path] = /^(\d+) (\d+) (.+)\n$/.exec(answer) ?? [];
    if (path && major === '3' && Number(minor) >= OLDEST && Number(minor) <= NEWEST) return path;
    found.push(path ? `${name} is ${major}.${minor}` : `${name}: ${answer}`);
  }
  throw new Error(
    `expected Python 3.${OLDEST} to 3.${NEWEST} with its venv module; found ${found.join(', ')}. Install one, or name it: ETL_PYTHON=/path/to/python3`,
  );
}

async function ask(name, env) {
  try {
    return await runTool(name, ['-c', ASK], { env });
  } catch (error) {
    return /exit status 127\n/.test(error.message) ? 'not there' : (error.message.trim().split('\n').at(-1) ?? '');
  }
}
