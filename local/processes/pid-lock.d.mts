/** undefined when the lock is now this process's, else the pid of the holder. */
export function takePidLock(path: string): number | undefined;
/** The pid in the file, if that very process still runs. */
export function pidLockHolder(path: string): number | undefined;
