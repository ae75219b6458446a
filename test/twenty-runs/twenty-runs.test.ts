/** `npm run test:twenty-runs`: what small mistakes of each run come to after twenty of them. */
import { expect, test } from '@jest/globals';
import { etl } from '../end-to-end/etl.ts';
import { ExpectedLake, MODELS, names } from '../end-to-end/expected-lake.ts';
import { Lake } from '../end-to-end/lake.ts';
import { expectOthersToRead } from '../end-to-end/other-readers.ts';
import { DATASETS } from '../end-to-end/source-rows.ts';

const RUNS = 20;
const TABLES = [...names(DATASETS).map((name) => `silver.${name}`), ...MODELS.map((name) => `gold.${name}`)];

test('after twenty runs with updates, late rows and deletes every table is what plain SQL makes of the sources, by three readers', async () => {
  const lake = await Lake.open();
  const expected = await ExpectedLake.ofEmptyLake(lake);
  try {
    await lake.load();
    await expected.advance();
    for (let run = 1; run <= RUNS; run += 1) {
      lake.change();
      const { datasets } = await lake.load();
      expect({ run, loaded: datasets.filter(({ status }) => status === 'loaded').length }).toEqual({ run, loaded: DATASETS.length });
      await expected.advance();
      // In between, files are packed as every night: later runs read what maintenance wrote.
      if (run === RUNS / 2) expect(await etl(['--json', 'maintain', '--wait'])).toMatchObject({ code: 0 });
      if (run % 5 === 0) await expected.compare();
    }
    for (const table of TABLES) await expectOthersToRead(lake, expected, table);
    expect(await etl(['--json', 'receipts', 'verify'])).toMatchObject({ code: 0 });
  } finally {
    await expected.close();
    lake.close();
  }
}, 7_200_000);
