/** The protocol counts time in microseconds since 2000-01-01: where that lies, in microseconds since 1970. */
export const EPOCH = 946_684_800_000_000n;
