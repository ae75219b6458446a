import { CopyObjectCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { keysBelow } from '../../cli/objects-below.ts';
import { BACKED_UP } from '../../config/backups.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { etl } from './etl.ts';
import { ExpectedLake } from './expected-lake.ts';
import { loadedLake } from './lake.ts';
import { asAdmin } from './production-database.ts';

const lake = await loadedLake();
const { buckets } = lake.stage.names;
const s3 = new S3Client({ forcePathStyle: true });

test('tables that were lost come back from the backups, the batches since from landing, Gold from Silver, and every receipt holds', async () => {
  await replicate();
  const backedUp = await batch();
  await asAdmin(lake.stage, "INSERT INTO users (user_id, first_name, country, city) VALUES ('USER-LAST', 'Eva', 'NO', 'Hamar')");
  await lake.load({ datasets: ['users'] });
  const expected = await ExpectedLake.ofPresentLake(lake);
  try {
    for (const prefix of ['bronze/users/', 'silver/users/', 'quarantine/users/', 'gold/']) await lose(prefix);

    const { code, output } = await etl(['--json', 'recover']);
    const recovered: { table: string; state: string; version: number; batch: number; ledgerBatch: number }[] = JSON.parse(output);
    expect(code).toBe(0);
    const lost = recovered.filter(({ state }) => state !== 'there');
    expect(lost.map(({ table }) => table)).toEqual(['bronze.users', 'silver.users', 'quarantine.users']);
    for (const { table, version, batch: found, ledgerBatch } of lost.slice(0, 2)) {
      expect({ table, found, ledgerBatch }).toEqual({ table, found: backedUp, ledgerBatch: backedUp + 1 });
      await lake.load({ mode: 'restore', table, to: version });
    }
    await lake.load({ mode: 'full', datasets: ['gold.dim_date', 'gold.dim_users', 'gold.dim_products', 'gold.dim_customers'] });

    await expected.compare();
    expect(await etl(['--json', 'receipts', 'verify', '--dataset', 'users'])).toMatchObject({ code: 0 });
  } finally {
    await expected.close();
  }
}, 600_000);

const batch = async () => (await lake.ledger.head(unitOf('users'))).seq;

/** What S3 does on AWS by the rules of the bucket (infra/constructs/lake-replication.ts), which the local CloudFormation leaves out. */
async function replicate(): Promise<void> {
  for (const prefix of BACKED_UP)
    for (const Key of await keysBelow(buckets.lake, prefix))
      await s3.send(new CopyObjectCommand({ Bucket: buckets.backups, Key, CopySource: `${buckets.lake}/${encodeURI(Key)}` }));
}

async function lose(prefix: string): Promise<void> {
  for (const Key of await keysBelow(buckets.lake, prefix)) await s3.send(new DeleteObjectCommand({ Bucket: buckets.lake, Key }));
}
