/** What every Spark step is submitted with, each setting with its reason. */
import { EVENT_LOGS, type Names } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';

export function sparkSettings({ emr, region }: Pick<Settings, 'emr' | 'region'>, names: Names): Record<string, string> {
  return {
    'spark.jars': deltaJars(emr.releaseLabel).join(','),
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    // Drivers of two runs may write one table: S3 alone lets both believe that they wrote the same version.
    'spark.delta.logStore.s3.impl': 'io.delta.storage.S3DynamoDBLogStore',
    'spark.io.delta.storage.S3DynamoDBLogStore.ddb.tableName': names.tables.deltaLog,
    'spark.io.delta.storage.S3DynamoDBLogStore.ddb.region': region,
    // Days are cut, and texts without a zone are read, in UTC, wherever the cluster runs.
    'spark.sql.session.timeZone': 'UTC',
    // Batches differ by orders of magnitude: partitions are joined, and skewed ones split, by what a stage really produced.
    'spark.sql.adaptive.enabled': 'true',
    'spark.sql.adaptive.coalescePartitions.enabled': 'true',
    'spark.sql.adaptive.skewJoin.enabled': 'true',
    // Dimensions fit in an executor many times over; the default of 10 MB would shuffle the facts for them.
    'spark.sql.autoBroadcastJoinThreshold': '64m',
    // A third smaller than snappy at a like speed, and read by Athena.
    'spark.sql.parquet.compression.codec': 'zstd',
    // The timeline of a step outlives its cluster.
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': `s3://${names.buckets.logs}/${EVENT_LOGS}`,
    ...emr.spark,
  };
}

/** One line of `--conf key=value`; the state machine splits it at the blanks, which no key or value holds. */
export function sparkConf(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([key, value]) => `--conf ${key}=${value}`)
    .join(' ');
}

/** Where EMR keeps Delta: the jar was renamed with Delta 3. */
function deltaJars(releaseLabel: string): string[] {
  const core = releaseLabel.startsWith('emr-6.') ? 'delta-core' : 'delta-spark';
  return [core, 'delta-storage', 'delta-storage-s3-dynamodb'].map((jar) => `/usr/share/aws/delta/lib/${jar}.jar`);
}
