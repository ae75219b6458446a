/** What this pipeline asks of a dataset beyond the standard: the contract's customProperties, by name. */
import { z } from 'zod';
import { SourceKind } from '../../config/sources.ts';
import { Dimension, LoadMode, ValueFormat, ZOrder } from '../../functions/contract/contract.ts';
import { issuesText } from '../../functions/issues.ts';
import { invalid, type Odcs } from './odcs.ts';

const DatasetProperties = z.strictObject({
  source: SourceKind.optional(),
  origin: z.string(),
  loadMode: LoadMode,
  sequence: z.string().optional(),
  lookbackSeconds: z.number().int().nonnegative().default(0),
  deletions: z.boolean().default(false),
  deletionsEveryHours: z.number().nonnegative().default(0),
  maxDeleteShare: z.number().gt(0).max(1).default(0.2),
  chunkRows: z.number().int().positive().default(500_000),
  rowFilter: z.string().regex(/\S/).optional(),
  history: z.enum(['scd1', 'scd2']).default('scd1'),
  quality: z.partialRecord(Dimension, z.number().min(0).max(100)).default({}),
  valueFormat: ValueFormat.optional(),
  lostOffsets: z.literal('accept').optional(),
  zOrder: ZOrder.optional(),
  schemaPolicy: z.enum(['evolve', 'freeze', 'discard']).default('evolve'),
});
type DatasetProperties = z.infer<typeof DatasetProperties>;

/** @throws ContractInvalid naming what is missing, wrong or not known. */
export function datasetProperties(file: string, { customProperties }: Odcs): DatasetProperties {
  const parsed = DatasetProperties.safeParse(Object.fromEntries(customProperties.map(({ property, value }) => [property, value])));
  if (parsed.success) return parsed.data;
  throw invalid(file, issuesText(parsed.error, 'the file', 'customProperties'));
}
