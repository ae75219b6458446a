import { expect, test } from '@jest/globals';
import { etl } from './etl.ts';
import { names } from './expected-lake.ts';
import { Lake } from './lake.ts';
import { Oracle } from './oracle.ts';
import { DATASETS } from './source-rows.ts';

test('start uses what is up, runs the pipeline, and ends with a line a dataset, answers from Gold and what to try next', async () => {
  const { code, output, errors } = await etl(['--json', 'start']);
  expect({ code, errors }).toMatchObject({ code: 0 });
  const { phases, run, answers } = JSON.parse(output);
  expect(phases.map(({ phase }: { phase: string }) => phase)).toEqual(['Servers up', 'App deployed', 'Pipeline run', 'Gold asked']);
  expect(run.status).toBe('SUCCEEDED');
  expect(run.datasets.map(({ dataset }: { dataset: string }) => dataset)).toEqual(names(DATASETS));
  for (const { title, columns, rows } of answers) {
    expect({ title, answered: rows.length > 0 && rows[0].length === columns.length }).toEqual({ title, answered: true });
    expect(errors).toContain(title);
  }
  expect(answers).toHaveLength(4);
  for (const name of names(DATASETS)) expect(errors).toMatch(new RegExp(`^ *${name} `, 'm'));
  const next = errors.slice(errors.indexOf('What to try next:'));
  for (const command of ['sql', 'demo change', 'run --wait', 'status', 'down']) expect(next).toContain(`npx etl ${command} `);
}, 300_000);

test('status tells of every dataset that it is loaded, fresh and held by nobody, and of the runs that were', async () => {
  const { code, output } = await etl(['--json', 'status']);
  const { datasets, gold, runs } = JSON.parse(output);
  expect(code).toBe(0);
  expect(datasets).toHaveLength(11);
  for (const each of datasets) {
    expect(each).toEqual({ dataset: each.dataset, batches: expect.any(Number), ageSeconds: expect.any(Number), stale: false });
  }
  expect(gold).not.toHaveProperty('open');
  expect(runs[0]).toMatchObject({ status: 'SUCCEEDED', seconds: expect.any(Number) });
}, 30_000);

test('an answer of Gold is one JSON value on standard output', async () => {
  const { code, output } = await etl(['--json', 'sql', 'SELECT count(*) AS days FROM gold.dim_date']);
  expect({ code, ...JSON.parse(output) }).toEqual({ code: 0, columns: ['days'], rows: [['7671']] });
}, 30_000);

test('quarantine lists each rule with its rows, as another reader counts them, and shows keys and masked values', async () => {
  const lake = await Lake.open();
  const oracle = await Oracle.open();
  const counted: unknown[][] = [];
  for (const [dataset, file] of lake.readDelta('quarantine', names(DATASETS))) {
    await oracle.loadParquet('aside', [file], 'rule, _batch, _closed_by');
    const rules = await oracle.run(
      'SELECT rule, count(*), min(_batch), max(_batch) FROM aside WHERE _closed_by IS NULL GROUP BY rule ORDER BY rule',
    );
    counted.push(...rules.map((row) => [dataset, ...row.map(String)]));
  }
  lake.close();
  const listed = JSON.parse((await etl(['--json', 'quarantine', 'list'])).output);
  expect(listed.columns).toEqual(['dataset', 'rule', 'rows', 'first_batch', 'last_batch']);
  expect(listed.rows).toEqual(counted.toSorted((a, b) => (a.join() < b.join() ? -1 : 1)));

  const shown = JSON.parse((await etl(['--json', 'quarantine', 'show', 'users', '--rule', 'users.email.pattern', '--limit', '3'])).output);
  expect(shown.columns).toEqual(['batch', 'key', 'column', 'rule', 'masked_value', 'ingested_at']);
  expect(shown.rows.length).toBeGreaterThan(0);
  expect(new Set(shown.rows.map(([, , column, rule, masked]: string[]) => [column, rule, masked].join()))).toEqual(
    new Set(['email,users.email.pattern,***']),
  );
  const unknown = await etl(['--json', 'quarantine', 'show', 'nobody']);
  expect({ code: unknown.code, ...JSON.parse(unknown.output) }).toMatchObject({ code: 1, error: 'CommandFailed' });
}, 60_000);

test('a release judges the rows again by the rules of today; those that break one still are set aside again, and nothing is lost', async () => {
  const listed = async () => JSON.parse((await etl(['--json', 'quarantine', 'list'])).output).rows as string[][];
  const ofUsers = (rows: string[][]) => rows.filter(([dataset]) => dataset === 'users').map(([, rule, count]) => [rule, count]);
  const before = await listed();
  const rule = 'users.email.pattern';
  const count = Number(before.find(([, each]) => each === rule)?.[2]);
  const { code, output } = await etl(['--json', 'quarantine', 'release', 'users', '--rule', rule, '--wait']);
  const { datasets } = JSON.parse(output);
  expect({ code, datasets }).toMatchObject({
    code: 0,
    datasets: [{ dataset: 'users', status: 'loaded', read: count, quarantined: count }],
  });
  const after = await listed();
  expect(ofUsers(after)).toEqual(ofUsers(before));
  expect(after.find(([, each]) => each === rule)?.slice(3)).toEqual([String(datasets[0].batch), String(datasets[0].batch)]);
  const none = await etl(['--json', 'quarantine', 'release', 'users', '--rule', 'users.nothing', '--wait']);
  expect({ code: none.code, ...JSON.parse(none.output) }).toEqual({ code: 0, released: 0 });
}, 120_000);

test('a Gold model that is asked for is made whole, with what reads it and nothing else, without a source', async () => {
  const { code, output } = await etl(['--json', 'run', '--dataset', 'gold.dim_customers', '--mode', 'full', '--wait']);
  const { datasets, models } = JSON.parse(output) as { datasets: unknown[]; models: { model: string; status: string }[] };
  expect({ code, datasets }).toEqual({ code: 0, datasets: [] });
  const built = models.filter(({ status }) => status === 'built').map(({ model }) => model);
  expect(built).toEqual(expect.arrayContaining(['dim_customers', 'fact_sales', 'daily_sales', 'data_as_of']));
  for (const other of ['dim_products', 'fact_inventory', 'subscription_metrics']) expect(built).not.toContain(other);
}, 120_000);

test('the KPIs tell of the runs that have ended, as the run log has them: how often, how much and how fast', async () => {
  const answer = async (sql: string) =>
    JSON.parse((await etl(['--json', 'sql', `${sql} WHERE dataset = 'customer_orders'`])).output).rows[0];
  const [loaded, failed, read, onTime] = await answer(
    'SELECT sum(loaded_runs), sum(failed_runs), sum(rows_read), max(on_time_share) FROM gold.pipeline_kpis',
  );
  const counted = await answer(
    `SELECT sum(CASE WHEN status = 'loaded' THEN 1 ELSE 0 END), sum(CASE WHEN status IN ('failed', 'stopped') THEN 1 ELSE 0 END),
       sum(CASE WHEN status = 'loaded' THEN read ELSE 0 END) FROM gold.run_log`,
  );
  expect([loaded, failed, read].map(Number)).toEqual(counted.map(Number));
  expect([Number(loaded) > 0, Number(onTime)]).toEqual([true, 1]);
}, 30_000);

test.each([
  ['a table that is not there', ['sql', 'SELECT * FROM gold.nothing'], 'CommandFailed', /nothing/],
  ['a dataset that is not there', ['run', '--wait', '--dataset', 'nobody'], 'InputInvalid', /found nobody\. To mend it/],
  ['a function that is not there', ['logs', 'nothing'], 'CommandFailed', /found nothing\. To mend it/],
])(
  '%s ends with exit code 1 and a named error that says what to do',
  async (_what, args, name, says) => {
    const { code, output } = await etl(['--json', ...args]);
    const { error, message, cause } = JSON.parse(output);
    expect({ code, error }).toEqual({ code: 1, error: name });
    expect(message ?? cause).toMatch(says);
  },
  60_000,
);

test('credentials that lack a field are refused, by the names of fields and by no value', async () => {
  const { code, output, errors } = await etl(['secrets', 'set', 'postgres'], JSON.stringify({ host: 'db', password: 'not-to-be-shown' }));
  expect(code).toBe(1);
  expect(errors).toMatch(/missing or wrong: .*username/);
  expect(`${output}${errors}`).not.toContain('not-to-be-shown');
}, 30_000);
