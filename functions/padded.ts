/** A number in ten digits, so that names sort as numbers do. */
export function padded(n: number): string {
  return String(n).padStart(10, '0');
}
