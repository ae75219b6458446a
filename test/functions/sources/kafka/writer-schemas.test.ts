/** The schemas by which a chunk's values were written: landed before the chunk is whole, once for all batches of a dataset. */
import { rootCertificates } from 'node:tls';
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { PipelineError } from '../../../../functions/errors.ts';
import { readText } from '../../../../functions/objects.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { createBucket } from '../../bucket.ts';
import { setSecret } from '../../secret.ts';
import { planned } from '../planned.ts';
import { KafkaBroker, rows } from './kafka-broker.ts';
import { Registry } from './registry.ts';

jest.setTimeout(60_000);
const broker = new KafkaBroker();
const registry = new Registry();
let bucket: string;
beforeAll(async () => {
  bucket = await createBucket();
});
const useRegistry = (changes: object = {}) =>
  setSecret('etl/kafka', { ...broker.secret(), schemaRegistry: { ...registry.secret(), ...changes } });
beforeEach(() => useRegistry());

const FIRST = '{"type":"record","name":"Event","fields":[{"name":"id","type":"string"}]}';
const SECOND =
  '{"type":"record","name":"Event","fields":[{"name":"id","type":"string"},{"name":"n","type":["null","long"],"default":null}]}';
const avro = (schema: string, more: object = {}) => ({ status: 200, body: { schema, ...more } });
const framed = (id: number) => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, Buffer.from('\u0004E1')]);
};

/** A topic with a value of each of these, and a chunk of it. */
async function topicOf(name: string, values: (Buffer | null)[], valueFormat?: Contract['valueFormat']) {
  const of: Contract = { ...(await broker.topic(name)), ...(valueFormat && { valueFormat }) };
  await broker.send(
    name,
    values.map((value) => ({ value })),
  );
  return { of, found: await planned(of) };
}
const read = (of: Contract, found: SourcePlan, signal = new AbortController().signal) =>
  rows(of, found, signal, `s3://${bucket}/${of.dataset}/batch=0000000001`);
const landedSchema = (dataset: string, id: number) => readText(`s3://${bucket}/${dataset}/schemas/${id}.json`);

/** Why the topic could not be read; nothing that a person reads of it has the password. */
async function failure({ of, found }: { of: Contract; found: SourcePlan }, signal?: AbortSignal): Promise<PipelineError> {
  const error = await read(of, found, signal).catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(PipelineError);
  const named = error as PipelineError;
  expect(`${named.message} ${named.stack} ${JSON.stringify(named)} ${String(named.cause)}`).not.toContain(registry.login.password);
  return named;
}

test('each id of a chunk is asked for once in the life of a dataset, and values without a header ask for none', async () => {
  registry.answers.set(7, avro(FIRST)).set(0x80000001, avro(SECOND));
  const bare = [null, Buffer.alloc(0), Buffer.alloc(4), Buffer.from('{"id": "E1"}'), Buffer.concat([Buffer.from([1]), framed(9)])];
  const { of, found } = await topicOf('avro', [framed(7), ...bare, framed(0x80000001), framed(7)], 'confluent-avro');
  expect((await read(of, found)).sent).toBe(8);
  expect(registry.asked).toEqual(['/registry/schemas/ids/7', '/registry/schemas/ids/2147483649']);
  expect(JSON.parse((await landedSchema('avro', 7)) ?? '')).toEqual({ id: 7, schema: FIRST });
  expect(JSON.parse((await landedSchema('avro', 0x80000001)) ?? '')).toEqual({ id: 0x80000001, schema: SECOND });

  registry.answers.clear();
  await read(of, found);
  expect(registry.asked).toHaveLength(2);
});

test.each(['json', 'confluent-json', undefined] as const)('of the format %p no registry is asked, and none is needed', async (format) => {
  await setSecret('etl/kafka', broker.secret());
  const { of, found } = await topicOf(`format-${format}`, [framed(7)], format);
  expect((await read(of, found)).sent).toBe(1);
  expect(registry.asked).toEqual([]);
});

test.each([
  ['breaks off', 'cut', 'SourceInterrupted'],
  ['answers with 503', { status: 503, body: {} }, 'SourceBusy'],
  ['has too many questions', { status: 429, body: {} }, 'SourceBusy'],
] as const)(
  'a registry that %s is named, to be tried again; another attempt asks only for what is not there',
  async (what, answer, code) => {
    const name = `midway-${code}-${what.length}`;
    registry.answers.set(1, avro(FIRST)).set(2, answer);
    const { of, found } = await topicOf(name, [framed(1), framed(2)], 'confluent-avro');
    expect(await failure({ of, found })).toMatchObject({ code, retry: 'backoff', dataset: name });
    expect(await landedSchema(name, 1)).toBeDefined();
    expect(await landedSchema(name, 2)).toBeUndefined();

    registry.answers.set(2, avro(SECOND));
    registry.asked = [];
    expect((await read(of, found)).sent).toBe(2);
    expect(registry.asked).toEqual(['/registry/schemas/ids/2']);
    expect(await landedSchema(name, 2)).toContain('long');
  },
);

test('of a chunk whose values look as if they had hundreds of schemas the lowest ids are asked for, and no more', async () => {
  registry.answers.set(5, avro(FIRST));
  const random = Array.from({ length: 230 }, (_, at) => 1_000_000_000 - at);
  const { of, found } = await topicOf('random', [...random, 5].map(framed), 'confluent-avro');
  expect((await read(of, found)).sent).toBe(231);
  expect(registry.asked).toHaveLength(200);
  expect(registry.asked[0]).toBe('/registry/schemas/ids/5');
  expect(registry.asked).not.toContain('/registry/schemas/ids/1000000000');
  expect(await landedSchema('random', 5)).toBeDefined();
});

test('of an id that the registry does not have, and of a schema that is not read, nothing lands, until it has one', async () => {
  registry.answers
    .set(2, avro('{"type": "object"}', { schemaType: 'JSON' }))
    .set(3, avro('"Other"', { references: [{ name: 'Other', subject: 'other', version: 1 }] }));
  const { of, found } = await topicOf('unknown', [framed(1), framed(2), framed(3)], 'confluent-avro');
  expect((await read(of, found)).sent).toBe(3);
  for (const id of [1, 2, 3]) expect(await landedSchema('unknown', id)).toBeUndefined();

  registry.answers.set(1, avro(FIRST, { schemaType: 'AVRO', references: [] }));
  await read(of, found);
  expect(await landedSchema('unknown', 1)).toBeDefined();
});

test.each([
  ['a wrong password', 'CredentialRejected', { password: 'wrong-password-of-the-test' }],
  ['another authority', 'CertificateRejected', { ca: rootCertificates[0] }],
  ['an address where no registry is', 'SourceFailed', (url: string) => ({ url: url.replace('registry', 'elsewhere') })],
  ['a port where nobody listens', 'SourceUnreachable', { url: 'https://127.0.0.1:1' }],
])('%s is %s, and says what to do', async (_what, code, changes) => {
  await useRegistry(typeof changes === 'function' ? changes(registry.secret().url) : changes);
  const error = await failure(await topicOf(`refused-${code}`, [framed(7)], 'confluent-avro'));
  expect(error).toMatchObject({ code, retry: code === 'SourceUnreachable' ? 'backoff' : 'never' });
  expect(error.message).toMatch(/schema registry|schemaRegistry/);
  expect(error.message).not.toContain('wrong-password-of-the-test');
});

test('a user who may not read the schema is PermissionDenied', async () => {
  registry.answers.set(7, { status: 403, body: { error_code: 40301, message: 'User is denied operation Read' } });
  expect(await failure(await topicOf('forbidden', [framed(7)], 'confluent-avro'))).toMatchObject({
    code: 'PermissionDenied',
    retry: 'never',
  });
});

test('a secret without a registry is SecretIncomplete, which names the contract that needs one', async () => {
  await setSecret('etl/kafka', broker.secret());
  const error = await failure(await topicOf('no-registry', [framed(7)], 'confluent-avro'));
  expect(error).toMatchObject({ code: 'SecretIncomplete', retry: 'never', dataset: 'no-registry', remedy: 'npx etl secrets set kafka' });
  expect(error.expected).toContain('schemaRegistry');
});

test('a registry that falls silent ends at the deadline of the chunk', async () => {
  registry.answers.set(7, 'silent');
  const topic = await topicOf('silent', [framed(7)], 'confluent-avro');
  expect(await failure(topic, AbortSignal.timeout(500))).toMatchObject({ code: 'SourceUnreachable', retry: 'backoff' });
});
