/** Path of the program, if the system has a Java of the right version. */
export function findSystemJava(env?: NodeJS.ProcessEnv): Promise<string | undefined>;
/** Path of the program, which is written down for the servers. */
export function chooseJava(): Promise<string>;
