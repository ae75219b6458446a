/** Ends what `start.mjs` started. */
export default async function stop() {
  await globalThis.endTestServers();
}
