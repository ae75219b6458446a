/** A command's failure in the words of a person who has to mend it; anything else is a defect and shows its stack. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';

  constructor({ expected, found, remedy, cause }: { expected: string; found: string; remedy: string; cause?: unknown }) {
    super(`expected ${expected}; found ${found}. To mend it: ${remedy}`, { cause });
  }
}
