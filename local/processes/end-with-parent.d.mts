/** Sends this process SIGTERM, or the signal given, when the one that started it is gone. */
export function endWithParent(signal?: NodeJS.Signals): void;
/** The same, if this process was started by npm. */
export function endWithNpm(): void;
