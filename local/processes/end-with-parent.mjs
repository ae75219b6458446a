/** Ends this process in good order when the one that started it is gone: npm passes Ctrl-C on, but nothing when it is killed itself. */

/** @param {NodeJS.Signals} signal sent to this process, whose handlers end what it has started. */
export function endWithParent(signal = 'SIGTERM') {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, signal);
  }, 250);
  watch.unref();
}

/** Only npm's children: another command may well be meant to outlive its shell. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event) endWithParent();
}
