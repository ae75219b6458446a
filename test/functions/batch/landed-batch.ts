/** A batch in the landing as tests of later steps need it: its plan and, chunk by chunk, objects with the metadata that a writer gives them. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3 } from '../../../functions/aws/s3.ts';
import type { BatchPlan, LandedColumn } from '../../../functions/batch/batch-plan.ts';
import { addressOf, writeJson } from '../../../functions/objects.ts';

const columns: LandedColumn[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'email', type: 'VARCHAR' },
];

export function batchPlan(dataset: string, changes: Partial<BatchPlan> = {}): BatchPlan {
  return {
    dataset,
    seq: 1,
    source: 'postgres',
    mode: 'incremental',
    complete: false,
    precision: 'exact',
    bounds: { lower: null, upper: '2026-01-02 00:00:00+00' },
    watermark: { cursor: '2026-01-02 00:00:00+00', changes: '1' },
    contractVersion: '1.0.0',
    plannedAt: '2026-01-02T00:00:01.000Z',
    columns,
    chunks: [
      { id: 'rows-0001', role: 'rows', columns, read: {} },
      { id: 'rows-0002', role: 'rows', columns, read: {} },
      { id: 'keys-0001', role: 'keys', columns: columns.slice(0, 1), read: {} },
    ],
    ...changes,
  };
}

/** What each chunk's object says of itself. */
export const SAYS: Record<string, { rows: number; hash: string }> = {
  'rows-0001': { rows: 2, hash: 'ffffffffffffffff0000000000000001' },
  'rows-0002': { rows: 3, hash: '00000000000000020000000000000003' },
  'keys-0001': { rows: 9, hash: '11111111111111111111111111111111' },
};

export async function putPlan(landing: string, plan: BatchPlan): Promise<void> {
  await writeJson(`${landing}/_plan.json`, plan);
}

export async function putChunk(landing: string, chunk: string, body = chunk): Promise<void> {
  const { rows, hash } = SAYS[chunk] ?? { rows: 0, hash: '0'.repeat(32) };
  await s3.send(new PutObjectCommand({ ...addressOf(`${landing}/${chunk}.parquet`), Body: body, Metadata: { rows: String(rows), hash } }));
}
