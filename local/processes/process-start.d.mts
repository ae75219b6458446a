/** undefined when the process has ended, whether or not its parent has asked how. */
export function processStart(pid: number): string | undefined;
