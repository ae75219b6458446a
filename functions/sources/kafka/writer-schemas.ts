/** Which schemas the values of a chunk were written with; Silver decodes Avro by what lies of them in landing, and asks no registry. */
import { schemaOf } from '../../batch/layout.ts';
import { storedObject } from '../../batch/stored-object.ts';
import { SecretIncomplete } from '../../errors.ts';
import { logger } from '../../middleware.ts';
import { writeJsonOnce } from '../../objects.ts';
import { readSecret } from '../../secrets.ts';
import type { Rows } from './read-range.ts';
import { type RegisteredSchema, registeredSchema } from './schema-registry.ts';
import { KafkaSecret, type SchemaRegistry } from './secret.ts';

/** Confluent's wire format: a zero octet, the id in four, then the content. */
const HEADER = 5;
const ID = 1;
/** A registry counts its ids from 1, and a chunk has values of few of them: more are what random octets look like, and nobody is asked for each. */
const MOST_IDS = 200;

/** The ids in the headers of the rows' values; a value without a header has none, and is Silver's to set aside. */
export function* schemaIds(rows: Rows): Generator<number> {
  for (const [, , , , value] of rows) {
    if (value instanceof Uint8Array && value.length >= HEADER && value[0] === 0) {
      yield new DataView(value.buffer, value.byteOffset, HEADER).getUint32(ID);
    }
  }
}

export interface LandSchemas {
  dataset: string;
  /** The batch's folder: the schemas lie beside it, for all batches of the dataset. */
  landing: string;
  ids: ReadonlySet<number>;
  signal: AbortSignal;
}

/**
 * Each is asked for once in the life of a dataset: an id never comes to mean another schema. Of an id that the registry does not know, or
 * whose schema Silver cannot read, nothing is written: its values are set aside there, and a later batch asks again.
 * @throws SecretIncomplete without a registry in the secret; the errors of schema-registry.ts.
 */
export async function landSchemas({ dataset, landing, ids, signal }: LandSchemas): Promise<void> {
  const lowest = [...ids].sort((a, b) => a - b).slice(0, MOST_IDS);
  if (lowest.length < ids.size) logger.warn('more ids of schemas than are looked at', { dataset, ids: ids.size, lookedAt: MOST_IDS });
  const absent = await notLanded(landing, lowest);
  if (absent.length === 0) return;
  const registry = await registryOf(dataset);
  for (const id of absent) {
    const found = await registeredSchema({ dataset, registry, id, signal });
    const reason = unreadable(found);
    if (found && reason === undefined) await writeJsonOnce(schemaOf(landing, id), { id, schema: found.schema });
    else logger.warn('schema not landed: its values will be set aside', { dataset, id, reason });
  }
}

async function notLanded(landing: string, ids: readonly number[]): Promise<number[]> {
  const absent: number[] = [];
  for (const id of ids) if (!(await storedObject(schemaOf(landing, id)))) absent.push(id);
  return absent;
}

async function registryOf(dataset: string): Promise<SchemaRegistry> {
  const { schemaRegistry } = await readSecret('etl/kafka', KafkaSecret);
  if (schemaRegistry) return schemaRegistry;
  throw new SecretIncomplete({
    dataset,
    expected: 'schemaRegistry in the secret etl/kafka, since the contract says valueFormat: confluent-avro',
    found: 'none',
    remedy: 'npx etl secrets set kafka',
  });
}

function unreadable(found: RegisteredSchema | undefined): string | undefined {
  if (!found) return 'the registry has no schema with that id';
  if (found.schemaType !== 'AVRO') return `it is a schema of the type ${found.schemaType}`;
  if (found.references.length > 0) return 'it refers to other schemas';
  return undefined;
}
