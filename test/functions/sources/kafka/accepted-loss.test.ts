/** Offsets that retention took: what a contract that accepts it says of them, from the plan to the receipt. */
import { expect, jest, test } from '@jest/globals';
import { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import { Manifest } from '../../../../functions/batch/manifest.ts';
import { commitBatch } from '../../../../functions/commit/commit-batch.ts';
import type { Receipt } from '../../../../functions/commit/receipt.ts';
import { completeLanding } from '../../../../functions/complete-landing/complete-landing.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { extractChunk } from '../../../../functions/extract/extract-chunk.ts';
import { readText, writeJson } from '../../../../functions/objects.ts';
import { openBatch } from '../../../../functions/plan/open-batch.ts';
import { deployed } from '../../deployed.ts';
import { runningExecution } from '../../executions.ts';
import { env, makeServices, servicesFor } from '../../services.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { KafkaBroker } from './kafka-broker.ts';

jest.setTimeout(60_000);
makeServices();
temporaryFolder();
const broker = new KafkaBroker();
const EMPTY = { rows: 0, hash: '0'.repeat(32) };

/** A run of the functions over the dataset; of Bronze and Silver what they would say. */
async function run(of: Contract, name: string) {
  const { dataset } = of;
  const services = servicesFor([of]);
  const by = { run: name, executionArn: await runningExecution(), startedAt: '2026-05-01T12:00:00Z' };
  const opened = await openBatch(services, of, by, { mode: 'incremental' });
  if (!opened) throw new Error('expected a batch; found nothing new');
  const { landing, seq, token } = opened.planned;
  for (const chunk of opened.chunkIds) await extractChunk({ dataset, chunk, landing }, { signal: new AbortController().signal });
  const { rows } = await completeLanding({ dataset, landing, outcomes: `${landing}/outcomes` });
  const manifest = Manifest.parse(JSON.parse(await textOf(`${landing}/_manifest.json`)));
  const results = `s3://${env.LAKE_BUCKET}/runs/${name}/results`;
  const outcomes = { read: rows, inserted: rows, updated: 0, unchanged: 0, superseded: 0, deleted: 0, quarantined: 0 };
  const taken = { rows, hash: manifest.hash };
  const content = { before: EMPTY, changes: { [seq]: taken }, after: taken };
  const saying = (layer: string, of: object) =>
    writeJson(`${results}/${layer}.json`, { layer, run: name, datasets: { [dataset]: { status: 'ok', version: seq, ...of } } });
  await saying('bronze', taken);
  await saying('silver', { outcomes, deletedByAbsence: 0, content });
  await commitBatch(services, { dataset, seq, token, results });
  const receipt = `s3://${env.RECEIPTS_BUCKET}/${dataset}/${String(seq).padStart(10, '0')}.json`;
  return {
    plan: BatchPlan.parse(JSON.parse(await textOf(`${landing}/_plan.json`))),
    manifest,
    receipt: JSON.parse(await textOf(receipt)) as Receipt,
  };
}

async function textOf(url: string): Promise<string> {
  const text = await readText(url);
  if (text === undefined) throw new Error(`expected an object at ${url}; found none`);
  return text;
}

test('accepted, a loss stands in plan, manifest and receipt, and what came after it is loaded', async () => {
  const events = await broker.topic('let_go', 2, { lostOffsets: 'accept' });
  await deployed([events]);
  await broker.send('let_go', [
    { value: 'read', partition: 0 },
    { value: 'read too', partition: 1 },
  ]);
  const first = await run(events, 'first');
  expect(first.receipt.bounds).toEqual({ lower: { 0: '0', 1: '0' }, upper: { 0: '1', 1: '1' } });
  await broker.send(
    'let_go',
    ['gone', 'gone too', 'kept'].map((value) => ({ value, partition: 0 })),
  );
  const admin = await broker.admin();
  await admin.deleteTopicRecords({ topic: 'let_go', partitions: [{ partition: 0, offset: '3' }] });
  const { plan, manifest, receipt } = await run(events, 'second');
  const bounds = {
    lower: { 0: '3', 1: '1' },
    upper: { 0: '4', 1: '1' },
    lost: [{ partition: 0, from: '1', to: '3' }],
  };
  expect(plan.bounds).toEqual(bounds);
  expect(manifest.bounds).toEqual(bounds);
  expect(receipt).toMatchObject({ seq: 2, bounds, landing: { rows: 1 } });
});
