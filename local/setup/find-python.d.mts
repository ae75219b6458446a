/** Path of the interpreter. @throws when none suits. */
export function findPython(env?: NodeJS.ProcessEnv): Promise<string>;
