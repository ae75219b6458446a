/** Plans a table that is read whole: in one piece, since one statement has one snapshot (ADR 25), when anything in it has changed. */
import { chunkId } from '../../batch/chunk-id.ts';
import type { SourcePlan } from '../source.ts';
import { NONE } from './changes.ts';
import type { Planning } from './plan.ts';
import type { PostgresRead } from './read.ts';
import { filtered } from './row-filter.ts';
import { countedBy, type PostgresWatermark } from './watermark.ts';

export function planSnapshot({ contract, table: { columns }, changes, before }: Planning): SourcePlan | undefined {
  if (before?.changes === changes) return undefined;
  const filter = contract.load.rowFilter ?? '';
  const watermark = { cursor: null, changes, unordered: NONE, lookback: NONE, filter, keysAt: null, ...countedBy(contract) };
  return {
    complete: true,
    precision: 'exact',
    bounds: { lower: null, upper: null },
    watermark: watermark satisfies PostgresWatermark,
    columns,
    chunks: [{ id: chunkId('rows', 0), role: 'rows', columns, read: { condition: filtered(contract, 'true') } satisfies PostgresRead }],
  };
}
