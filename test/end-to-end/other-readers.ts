/** Whether readers that are neither Spark nor `deltalake` find the same rows: Athena, and the table's log replayed with DuckDB. */
import { expect } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import type { ExpectedLake } from './expected-lake.ts';
import type { Lake } from './lake.ts';

/** `table` (`silver.users`) was read by `deltalake` when it was compared last. */
export async function expectOthersToRead(lake: Lake, { oracle }: ExpectedLake, table: string): Promise<void> {
  const [layer = '', name = ''] = table.split('.');
  const found = `found_${layer}.${name}`;
  const list = (await oracle.columnsOf(found)).join(', ');
  const log = await lake.deltaLog(layer, name);
  if (layer === 'gold') expect(log.minReaderVersion).toBe(1);
  await oracle.loadParquet('replayed', await lake.copyFiles(log), list);
  expect(await oracle.difference(found, 'replayed')).toEqual([]);

  const { columns, rows } = await ask(lake.stage, `SELECT ${list} FROM ${table}`);
  await oracle.load('source', 'athena', columns, rows);
  await oracle.asAthena('source.athena', found);
  expect(await oracle.difference('cut', 'athena')).toEqual([]);
}
