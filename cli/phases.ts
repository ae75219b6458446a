/** Times each phase of long work and prints it as it ends, so that a slow one is seen. */
import { type Output, secondsText } from './output.ts';

export class Phases {
  readonly #output: Output;
  readonly #begun = Date.now();
  readonly took: { phase: string; seconds: number }[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  async run<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const begun = Date.now();
    const result = await work();
    const milliseconds = Date.now() - begun;
    this.took.push({ phase, seconds: milliseconds / 1000 });
    this.#output.line(`✓ ${phase} (${secondsText(milliseconds)}, ${secondsText(Date.now() - this.#begun)} in all)`);
    return result;
  }
}
