/** What is not as the receipts say: of which batch, in which layer. `batch` is undefined of rows that belong to none. */
export interface Finding {
  dataset: string;
  batch: number | undefined;
  layer: 'receipts' | 'landing' | 'bronze' | 'silver' | 'quarantine';
  expected: string;
  found: string;
}
