/** Asks a schema registry for the schema with an id, by Confluent's REST API over HTTPS; every failure has the name that the state machine matches. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { CredentialRejected, PermissionDenied, type PipelineError, SourceBusy, SourceFailed } from '../../errors.ts';
import { parsedJson } from '../../parsed-json.ts';
import { type Meaning, nameError, networkMeanings } from '../meaning.ts';
import type { SchemaRegistry } from './secret.ts';

/** An answer says no type of Avro, which was there before the others. */
const RegisteredSchema = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(z.unknown()).default([]),
});
export type RegisteredSchema = z.infer<typeof RegisteredSchema>;

/** `Schema not found`, beside status 404: without it there is no registry at that address. */
const Unknown = z.object({ error_code: z.literal(40403) });

/** A registry answers from its memory: one that has not by then is out of reach. */
const ANSWER_MS = 30_000;

export interface SchemaRequest {
  dataset: string;
  registry: SchemaRegistry;
  id: number;
  signal: AbortSignal;
}

/** Undefined when the registry knows no such id. @throws SourceUnreachable, SourceInterrupted, SourceBusy, CredentialRejected, … */
export async function registeredSchema({ dataset, registry, id, signal }: SchemaRequest): Promise<RegisteredSchema | undefined> {
  const { status, body } = await get(registry, `schemas/ids/${id}`, signal).catch((error: unknown) => {
    throw nameError(error, dataset, 'the schema registry', ({ code }) => NETWORK[String(code)]);
  });
  const answer = parsedJson(body);
  if (status === 404 && Unknown.safeParse(answer).success) return undefined;
  const found = RegisteredSchema.safeParse(answer);
  if (status === 200 && found.success) return found.data;
  throw refused(dataset, status);
}

const { reach: REACH, ...CODES } = networkMeanings(
  'the schema registry',
  'kafka',
  'schemaRegistry.ca of the secret, or without one by an authority that Node.js knows',
);
const NETWORK: Record<string, Meaning> = { ...CODES, ABORT_ERR: REACH }; // The operation was aborted

async function get(
  { url, username, password, ca }: SchemaRegistry,
  path: string,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = {
    ...(ca !== undefined && { ca }),
    ...(username !== undefined && { auth: `${username}:${password ?? ''}` }),
    headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    agent: false, // A function may stand still between two chunks, and a connection that was kept would be dead.
  } as const;
  request(new URL(path, url.endsWith('/') ? url : `${url}/`), options, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  return { status: response.statusCode ?? 0, body: await text(response) };
}

function refused(dataset: string, status: number): PipelineError {
  const found = `status ${status}`;
  if (status === 401) {
    return new CredentialRejected({
      dataset,
      expected: 'the schema registry to accept schemaRegistry.username and password of the secret etl/kafka',
      found,
      remedy: 'npx etl secrets set kafka',
    });
  }
  if (status === 403) {
    return new PermissionDenied({
      dataset,
      expected: 'the user of schemaRegistry in the secret etl/kafka to read schemas',
      found,
      remedy: "allow that user to read the topic's subjects",
    });
  }
  if (status === 429 || status >= 500) {
    return new SourceBusy({
      dataset,
      expected: 'the schema registry to be able to answer',
      found,
      remedy: 'nothing: it is tried again; if it stays so, look at the state of the registry',
    });
  }
  return new SourceFailed({
    dataset,
    expected: "a schema, as Confluent's API of a schema registry answers",
    found,
    remedy: 'correct schemaRegistry.url: npx etl secrets set kafka',
  });
}
