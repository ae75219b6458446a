import { expect, test } from '@jest/globals';
import { loadedLake } from './lake.ts';
import { secretsOpenTo } from './role-of-function.ts';
import { secretValues } from './secret-values.ts';
import * as written from './written-texts.ts';

const lake = await loadedLake();

/** `known`: what stands there for certain, so that a search that reads nothing, or the wrong place, fails. */
test.each([
  ['histories of executions', written.executions, 'etl-pipeline/Chunks', '"name":"Extract"'],
  ['logs of functions', written.functionLogs, 'etl-plan', 'xray_trace_id'],
  ['objects: plans, manifests, results, receipts, settings of Delta', written.objects, '_manifest.json', 'contractVersion'],
  ['the ledger', written.ledgerItems, 'DATASET#users', 'watermark'],
  ['settings of functions', written.functionSettings, 'etl-extract', 'LEDGER_TABLE'],
  ['deployed templates', written.deployedTemplates, 'etl-sources', 'etl/postgres'],
  ['synthesised templates and assets', written.assets, 'etl-sources.template.json', 'etl/postgres'],
  ['logs of servers', written.serverLogs, 'postgres.log', 'database system is ready'],
] as const)(
  'no secret stands in %s',
  async (_what, texts, place, known) => {
    const values = [...(await secretValues(lake.stage))];
    const leaks: string[] = [];
    let seen = false;
    for await (const { where, text } of texts(lake.stage)) {
      if (where.includes(place) && text.includes(known)) seen = true;
      for (const [name, value] of values) if (text.includes(value)) leaks.push(`${name} in ${where}`);
    }
    expect(seen).toBe(true);
    expect(leaks).toEqual([]);
  },
  120_000,
);

test.each([
  ['extract', ['etl/postgres', 'etl/snowflake', 'etl/kafka']],
  ['commit', ['etl/postgres', 'etl/kafka']],
  ['validate', []],
])(
  'a function with the role of %s may read these secrets and is refused every other: %p',
  async (folder, open) => {
    expect(await secretsOpenTo(lake.stage, folder)).toEqual(open);
  },
  60_000,
);
