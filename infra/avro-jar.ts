/** Avro for Spark, which EMR does not load: the jar that set-up has brought, of the Spark of the stage's release (docs/decisions/0030-avro-by-spark.md). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledContracts } from '../functions/contract/contract.ts';

export function hasAvro({ datasets }: CompiledContracts): boolean {
  return Object.values(datasets).some(({ valueFormat }) => valueFormat === 'confluent-avro');
}

interface Jar {
  path: string;
  setUp: string;
}

/** EMR 7 has Spark 3.5, EMR 6.15 Spark 3.4.1. */
const JARS: [release: RegExp, jar: Jar][] = [
  [/^emr-7\./, { path: 'jars/spark/spark-avro_2.12-3.5.9.jar', setUp: 'node local/setup/setup.mjs' }],
  [/^emr-6\.15\./, { path: 'jars-emr-6.15/emr-6.15/spark-avro_2.12-3.4.1.jar', setUp: 'npm run test:emr-6.15' }],
];

/** @throws when the release has another Spark, or its jar is not set up. */
export function avroJarOf(root: string, releaseLabel: string): string {
  const jar = JARS.find(([release]) => release.test(releaseLabel))?.[1];
  const expected = 'a jar of Avro for Spark, since a contract says valueFormat: confluent-avro';
  if (!jar)
    throw new Error(
      `expected ${expected} for ${releaseLabel}; found them for emr-7 and emr-6.15. To mend it: choose one of these in config/`,
    );
  const path = join(root, '.etl', jar.path);
  if (existsSync(path)) return path;
  throw new Error(`expected ${expected} at ${path}; found none. To mend it: ${jar.setUp}`);
}
