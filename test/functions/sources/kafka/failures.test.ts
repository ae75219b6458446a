import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { expect, jest, test } from '@jest/globals';
import { PipelineError } from '../../../../functions/errors.ts';
import { confirm } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { servers } from '../../../servers/servers.ts';
import { setSecret } from '../../secret.ts';
import { plan, planned } from '../planned.ts';
import { KafkaBroker, rows, topicContract } from './kafka-broker.ts';

jest.setTimeout(60_000);
const broker = new KafkaBroker();
const events = topicContract('user_events');

/** The failure of a plan, of which everything a person reads is free of secrets. */
async function failure(of = events): Promise<PipelineError> {
  const error = await plan(of).catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(PipelineError);
  const named = error as PipelineError;
  expect(`${named.message} ${named.stack} ${JSON.stringify(named)} ${String(named.cause)}`).not.toContain(broker.secret().password);
  return named;
}

test('a wrong password is CredentialRejected at once, and says which secret to set', async () => {
  await setSecret('etl/kafka', broker.secret({ password: 'wrong-password-of-the-test' }));
  const error = await failure();
  expect(error).toMatchObject({ code: 'CredentialRejected', retry: 'never', dataset: 'user_events', remedy: 'npx etl secrets set kafka' });
  expect(error.message).not.toContain('wrong-password-of-the-test');
});

test('a mechanism that the broker does not have is CredentialRejected', async () => {
  await setSecret('etl/kafka', broker.secret({ mechanism: 'PLAIN' }));
  expect(await failure()).toMatchObject({ code: 'CredentialRejected', found: expect.stringContaining('UNSUPPORTED_SASL_MECHANISM') });
});

test('a certificate by another authority than the one of the secret is CertificateRejected', async () => {
  await setSecret('etl/kafka', broker.secret({ ca: rootCertificates[0] ?? '' }));
  expect(await failure()).toMatchObject({ code: 'CertificateRejected', retry: 'never' });
});

test('a port where nobody listens is SourceUnreachable, and is tried again', async () => {
  await setSecret('etl/kafka', broker.secret({ brokers: ['127.0.0.1:1', '127.0.0.1:2'] }));
  expect(await failure()).toMatchObject({ code: 'SourceUnreachable', retry: 'backoff', found: expect.stringContaining('127.0.0.1:1') });
});

test('a topic that is not there is TableMissing, for a login that may see all topics', async () => {
  expect(await failure(topicContract('nowhere'))).toMatchObject({ code: 'TableMissing', retry: 'never', dataset: 'nowhere' });
});

test('a topic that the login may not see, or that is not there, is PermissionDenied, which names both ways out', async () => {
  await setSecret('etl/kafka', servers.kafka.secret);
  const error = await failure(topicContract('nowhere'));
  expect(error).toMatchObject({ code: 'PermissionDenied', retry: 'never', remedy: expect.stringMatching(/create the topic, or allow/) });
});

test('the login of the pipeline may plan, read and confirm its own topics', async () => {
  await setSecret('etl/kafka', servers.kafka.secret);
  await broker.send('user_events', [{ value: '{}' }]);
  const found = await planned(events);
  expect((await rows(events, found)).rows).toHaveLength(1);
  await expect(confirm(events, found.watermark)).resolves.toBeUndefined();
});

test('a broker that falls silent ends at the deadline of the chunk, by its reason', async () => {
  await broker.send('user_events', [{ value: '{}' }]);
  const found: SourcePlan = await planned(events);
  const held: Socket[] = [];
  const silent = createServer((socket) => held.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  await setSecret('etl/kafka', broker.secret({ brokers: [`127.0.0.1:${(silent.address() as AddressInfo).port}`] }));
  await expect(rows(events, found, AbortSignal.timeout(200))).rejects.toMatchObject({ code: 'SourceUnreachable' });
  for (const socket of held) socket.destroy();
  silent.close();
});
