import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { GoldContract } from '../../../functions/contract/contract.ts';
import { withModelSql } from '../../../infra/contracts/model-sql.ts';

test('each Gold contract carries the hash of its SQL, and one without SQL none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'models-'));
  const model = (table: string): GoldContract => ({ table, version: '1.0.0', description: '', grain: [], columns: [], partitioning: [] });
  writeFileSync(join(folder, 'dim_users.sql'), 'SELECT 1');
  const { gold } = withModelSql({ datasets: {}, gold: { dim_users: model('dim_users'), data_as_of: model('data_as_of') } }, folder);
  expect(gold).toEqual({
    dim_users: { ...model('dim_users'), sql: createHash('sha256').update('SELECT 1').digest('hex') },
    data_as_of: model('data_as_of'),
  });
  rmSync(folder, { recursive: true });
});
