/** The pipeline's functions, in small: what each does is told by the dataset's name. */
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

class NamedError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

const once = (key) => {
  const file = join(tmpdir(), `once-${key.replaceAll('/', '-')}`);
  if (existsSync(file)) return false;
  writeFileSync(file, '');
  return true;
};

const functions = {
  async plan({ run, request }) {
    const datasets = (request.datasets ?? []).map((dataset, token) => ({ dataset, seq: 1, token, landing: `s3://landing/${dataset}` }));
    const chunks = { bucket: process.env.BUCKET, key: `runs/${run}/chunks.json` };
    return {
      work: datasets.length > 0 ? 'datasets' : 'nothing',
      plan: `s3://lake/runs/${run}/plan.json`,
      results: (request.datasets ?? []).join(','),
      datasets,
      sources: [{ source: 'postgres', concurrency: 2, chunks }],
      leftOut: [],
      unchanged: datasets.length > 0 ? [] : ['users'],
      failed: [],
    };
  },
  async extract({ run, dataset, chunk, ticket }) {
    if (dataset === 'broken' && chunk === '1') throw new NamedError('BadCredentials', 'the password was refused');
    if (dataset === 'flaky' && once(`${run}-${chunk}`)) throw new NamedError('SourceUnreachable', 'no route');
    if (dataset === 'slow' && !ticket) return { status: 'pending', ticket: `after-${chunk}`, waitSeconds: 1 };
    return { status: 'landed', rows: 3 };
  },
  async 'complete-landing'({ dataset }) {
    if (dataset === 'broken') throw new NamedError('BadCredentials', 'the password was refused');
    return {};
  },
  validate: async () => ({ rows: 9, hash: '0'.repeat(32) }),
  async 'route-results'({ results, layer, landed }) {
    if (layer !== 'landing') return { ok: results.split(',').filter((name) => name !== 'broken'), failed: [] };
    return {
      ok: landed.filter(({ status }) => status === 'ok').map(({ dataset }) => dataset),
      failed: landed.filter(({ status }) => status !== 'ok'),
    };
  },
  commit: async ({ unit, dataset, seq }) =>
    unit === 'gold' ? { models: ['dim_users'], again: false } : { dataset, seq, outcomes: { read: 9 } },
  'plan-gold': async () => ({ build: true, n: 1, token: 1, plan: 's3://lake/gold-plans/1.json' }),
  'clean-up': async () => ({ released: [] }),
  publish: async () => ({}),
};

export const handler = (event) => functions[process.env.AWS_LAMBDA_FUNCTION_NAME](event);
