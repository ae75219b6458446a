import { expect, test } from '@jest/globals';
import { landedBatches } from '../../../cli/receipts/landed-batches.ts';
import type { ReceiptRead } from '../../../cli/receipts/receipt-chain.ts';
import type { Names } from '../../../config/names.ts';
import { batchFolderIn, manifestOf } from '../../../functions/batch/layout.ts';
import { type LandedObject, manifestFrom } from '../../../functions/batch/manifest.ts';
import { writeJson } from '../../../functions/objects.ts';
import { batchPlan, putChunk } from '../../functions/batch/landed-batch.ts';
import { createBucket } from '../../functions/bucket.ts';
import { contract } from '../../functions/contracts.ts';

test('a key is found under the name that it had when its batch landed, and objects that are gone are not', async () => {
  const bucket = await createBucket();
  const users = contract({ dataset: 'users', columns: { uid: 'text', email: 'text' }, key: ['uid'] });
  const renamed = { ...users, columns: users.columns.map((each) => (each.name === 'uid' ? { ...each, aliases: ['user_id'] } : each)) };
  const landed = (name: string) => [
    { name, type: 'VARCHAR' as const },
    { name: 'email', type: 'VARCHAR' as const },
  ];
  const columns = [landed('user_id'), landed('uid')];
  for (const [index, each] of columns.entries()) {
    const folder = batchFolderIn(bucket, 'users', index + 1);
    const objects = (['rows', 'keys'] as const).map((role): LandedObject => {
      const chunk = `${role}-0001`;
      return {
        key: `${folder.slice(`s3://${bucket}/`.length)}/${chunk}.parquet`,
        role,
        chunk,
        etag: '',
        bytes: 1,
        rows: 1,
        hash: '0'.repeat(32),
      };
    });
    await writeJson(manifestOf(folder), manifestFrom(batchPlan('users', { seq: index + 1, columns: each }), objects));
    await putChunk(folder, 'keys-0001');
  }
  const { schemas } = await landedBatches({ buckets: { internal: bucket } } as Names, renamed, [{ seq: 1 }, { seq: 2 }] as ReceiptRead[]);
  const keysOf = (seq: number) => [`${batchFolderIn(bucket, 'users', seq)}/keys-0001.parquet`];
  expect(schemas).toEqual([
    { from: 0, to: 1, rows: { columns: columns[0], objects: [] }, keys: { columns: columns[0]?.slice(0, 1), objects: keysOf(1) } },
    {
      from: 2,
      to: Number.MAX_SAFE_INTEGER,
      rows: { columns: columns[1], objects: [] },
      keys: { columns: columns[1]?.slice(0, 1), objects: keysOf(2) },
    },
  ]);
});
