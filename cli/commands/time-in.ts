/** A time as options take it: in ISO 8601, beginning with its date; undefined of anything else. */
export function timeIn(text: string): Date | undefined {
  const time = new Date(text);
  return /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime()) ? time : undefined;
}
