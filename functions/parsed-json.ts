/** A text as JSON. Undefined when it is none, which no schema of an object allows; the parser's own message would quote the text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
