/** What is said of a stream that did not bring what its source says it sent. */
import { StreamTruncated } from '../errors.ts';

export function truncated(dataset: string, expected: string, found: string): StreamTruncated {
  const remedy = 'nothing: the chunk is read again; if it happens each time, look for a proxy that cuts the connection';
  return new StreamTruncated({ dataset, expected, found, remedy });
}
