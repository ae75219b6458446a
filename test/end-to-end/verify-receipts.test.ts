import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { keysBelow } from '../../cli/objects-below.ts';
import { etl } from './etl.ts';
import { names } from './expected-lake.ts';
import { loadedLake } from './lake.ts';
import { Oracle } from './oracle.ts';
import { DATASETS } from './source-rows.ts';

const lake = await loadedLake();
const { buckets } = lake.stage.names;

async function verified(...args: string[]) {
  const { code, output, errors } = await etl(['--json', 'receipts', 'verify', ...args]);
  return { code, errors, ...JSON.parse(output) };
}

test('every layer of every dataset is as its receipts say', async () => {
  const { code, errors, datasets, findings } = await verified();
  expect({ findings, code, errors }).toMatchObject({ findings: [], code: 0 });
  expect(datasets.map(({ dataset }: { dataset: string }) => dataset).sort()).toEqual(names(DATASETS));
  for (const { dataset, landing, bronze, silver, notVerified } of datasets)
    expect({ dataset, notVerified, loaded: landing > 0 && bronze > 0 && silver > 0 }).toEqual({
      dataset,
      notVerified: undefined,
      loaded: true,
    });
}, 300_000);

test('a row that is gone from an object of landing, Bronze and Silver is named by dataset, batch and layer', async () => {
  const [landed = ''] = (await keysBelow(buckets.internal, 'subscriptions/')).filter((key) => /\/rows-.*\.parquet$/.test(key));
  const batch = Number(/batch=(\d+)/.exec(landed)?.[1]);
  const { files } = await lake.deltaLog('bronze', 'subscriptions');
  const bronze = files.find((key) => key.includes(`_batch=${batch}/`)) ?? '';
  const [silver = ''] = (await lake.deltaLog('silver', 'subscriptions')).files;
  const found = await withoutARow([buckets.internal, landed], () =>
    withoutARow([buckets.lake, bronze], () => withoutARow([buckets.lake, silver], () => verified('--dataset', 'subscriptions'))),
  );
  expect(found.code).toBe(1);
  const places = new Set(found.findings.map(({ dataset, batch: of, layer }: Record<string, string>) => `${dataset} ${layer} ${of}`));
  for (const layer of ['landing', 'bronze']) expect(places).toContain(`subscriptions ${layer} ${batch}`);
  expect([...places].some((place) => String(place).startsWith('subscriptions silver '))).toBe(true);
  expect((await verified('--dataset', 'subscriptions')).findings).toEqual([]);
}, 300_000);

/** While `work` goes on the object has a row less; afterwards it is what it was. */
async function withoutARow<T>([Bucket, Key]: [string, string], work: () => Promise<T>): Promise<T> {
  const s3 = new S3Client({ forcePathStyle: true });
  const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const whole = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const put = async (content: Uint8Array) => {
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: content, Metadata, IfNoneMatch: '*' }));
  };
  await put(await withoutTheFirst(whole));
  try {
    return await work();
  } finally {
    await put(whole);
  }
}

async function withoutTheFirst(parquet: Uint8Array): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'etl-rows-'));
  try {
    const [from, to] = [join(folder, 'from.parquet'), join(folder, 'to.parquet')];
    writeFileSync(from, parquet);
    await (await Oracle.open()).run(`COPY (FROM read_parquet('${from}') OFFSET 1) TO '${to}' (FORMAT parquet)`);
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
