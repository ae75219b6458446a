/** Waits for work of a client no longer than a signal allows: the clients have waits of their own that nothing else would end. */

/** Work that nobody waits for any more may still fail: that failure is of no interest then, and is not left unhandled. */
export function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  return promise;
}
