/** The failure of a function as Step Functions passes it on: its whole answer as text, of which a person wants the message. */
import * as z from 'zod';
import { parsedJson } from './parsed-json.ts';

const LambdaCause = z.object({ errorMessage: z.string() });

/** Undefined when the cause is no function's: Step Functions' own causes (a timeout, say) are plain text. */
export function messageIn(cause: string): string | undefined {
  return LambdaCause.safeParse(parsedJson(cause)).data?.errorMessage;
}
