/** What every Spark step is submitted with, each setting with its reason; those of how much is done at once follow from the size of the cluster. */
import { EVENT_LOGS, type Names } from '../config/names.ts';
import type { Settings } from '../config/settings.ts';

/** Near what `medallion/table_files.py` packs files to. */
const FILE = '128m';

/** `avroJar`: its address, where a contract has values in Avro. */
export function sparkSettings({ emr, region }: Pick<Settings, 'emr' | 'region'>, names: Names, avroJar?: string): Record<string, string> {
  const cores = coresOf(emr.instanceType) * (emr.instanceCount - 1 + emr.spotTaskNodes);
  return {
    'spark.jars': [...deltaJars(emr.releaseLabel), ...(avroJar === undefined ? [] : [avroJar])].join(','),
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    // Drivers of two runs may write one table: S3 alone lets both believe that they wrote the same version.
    'spark.delta.logStore.s3.impl': 'io.delta.storage.S3DynamoDBLogStore',
    'spark.io.delta.storage.S3DynamoDBLogStore.ddb.tableName': names.tables.deltaLog,
    'spark.io.delta.storage.S3DynamoDBLogStore.ddb.region': region,
    // For the secret of pseudonyms: the SDK in the driver would ask the node's metadata, which a step may not.
    'spark.yarn.appMasterEnv.AWS_REGION': region,
    // Days are cut, and texts without a zone are read, in UTC, wherever the cluster runs.
    'spark.sql.session.timeZone': 'UTC',
    // Batches differ by orders of magnitude: partitions are joined, and skewed ones split, by what a stage really produced.
    'spark.sql.adaptive.enabled': 'true',
    'spark.sql.adaptive.coalescePartitions.enabled': 'true',
    // A stage is joined to parts of this size even where that leaves cores idle: what it writes are then few files near the target, and
    // ten thousand changed rows are one task and one file instead of one a core.
    'spark.sql.adaptive.coalescePartitions.parallelismFirst': 'false',
    'spark.sql.adaptive.advisoryPartitionSizeInBytes': FILE,
    // Before they are joined: four a core, so that a first load of hundreds of gigabytes does not spill, and cores that end early find more.
    'spark.sql.shuffle.partitions': String(cores * 4),
    // One customer may have 40% of the rows. The default takes a partition for skewed from 256 MB only, twice of what the others have here.
    'spark.sql.adaptive.skewJoin.enabled': 'true',
    'spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes': FILE,
    // A log of some thousand files is read in one wave; the default of 50 tasks is most of what a small batch takes.
    'spark.databricks.delta.snapshotPartitions': String(cores),
    // Dimensions fit in an executor many times over; the default of 10 MB would shuffle the facts for them.
    'spark.sql.autoBroadcastJoinThreshold': '64m',
    // A third smaller than snappy at a like speed, and read by Athena.
    'spark.sql.parquet.compression.codec': 'zstd',
    // The timeline of a step outlives its cluster.
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': `s3://${names.buckets.logs}/${EVENT_LOGS}`,
    ...(avroJar === undefined ? {} : AVRO_LIMITS),
    ...emr.spark,
  };
}

/**
 * Avro takes as much memory as a length in a value says, before it finds that the value ends: of a broken one that may be 2 GiB, for which an
 * executor would end. No message of Kafka's is near these. By a variable, since the options of Java are EMR's own to set; its options part at
 * a tab as they do at a blank, where the state machine would part the settings. The tab is one of JSON, into which this is filled in.
 */
const AVRO_OPTIONS = [
  '-Dorg.apache.avro.limits.string.maxLength=67108864',
  '-Dorg.apache.avro.limits.bytes.maxLength=67108864',
  '-Dorg.apache.avro.limits.collectionItems.maxLength=16777216',
].join('\\t');
const AVRO_LIMITS = { 'spark.executorEnv.JAVA_TOOL_OPTIONS': AVRO_OPTIONS, 'spark.yarn.appMasterEnv.JAVA_TOOL_OPTIONS': AVRO_OPTIONS };

/** AWS names sizes by multiples of four virtual processors, in all families that EMR recommends. */
function coresOf(instanceType: string): number {
  const [, times] = /^\w+\.(\d*)xlarge$/.exec(instanceType) ?? [];
  if (times !== undefined) return 4 * Number(times || 1);
  throw new Error(
    `emr.instanceType: expected a size of one or more xlarge (m5.2xlarge), the smallest that EMR runs Spark well on; found ${instanceType}. To mend it: choose one in config/`,
  );
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
