#!/usr/bin/env node
/** Runs the command on the Node that the project brings along, after set-up where that is missing or out of date. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { endWithNpm, endWithParent } from '../local/processes/end-with-parent.mjs';
import { isSetUp } from '../local/setup/stamp.mjs';

/** The first that runs TypeScript as it is. */
const NEEDED = 24;
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const own = path('../node_modules/.bin/node');
const words = process.argv.slice(2);

if (process.env.ETL_RESTARTED) endWithParent();
else endWithNpm();

if (!isSetUp()) {
  const status = await run(process.execPath, [path('../local/setup/setup.mjs')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status);
}
if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  await import('./main.ts');
} else if (existsSync(own)) {
  // kafkajs asks for timers that lie in the past, which Node 24 tells of.
  const quiet = '--disable-warning=TimeoutNegativeWarning';
  process.exitCode = await run(own, [quiet, fileURLToPath(import.meta.url), ...words], { env: { ...process.env, ETL_RESTARTED: '1' } });
} else {
  process.stderr.write(`etl: expected Node ${NEEDED} or newer; found ${process.version}, and npm has none for this machine; install it\n`);
  process.exitCode = 1;
}

/** Waits for a child that gets the signals this process gets: a terminal sends Ctrl-C to both, anything else is passed on. */
function run(program, args, options) {
  const child = spawn(program, args, { stdio: 'inherit', ...options });
  const pass = (signal) => child.kill(signal);
  const ignore = () => undefined;
  process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      process.off('SIGINT', ignore).off('SIGTERM', pass).off('SIGHUP', pass);
      resolve(status ?? 128 + constants.signals[signal]);
    });
  });
}
