/** What a stage's settings file may say, and what each setting is when the file does not say it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { PostgresSettings } from './postgres.ts';
import { Rate } from './rate.ts';
import { byKind, SOURCE_KINDS, SOURCES } from './sources.ts';

/** Chunks of one kind of source that are read at once. */
const Concurrency = z.strictObject(byKind(() => z.int().min(1).default(4)));

const SourcePorts = z.strictObject(
  Object.fromEntries(
    SOURCE_KINDS.flatMap((kind) => {
      const source = SOURCES[kind];
      return 'port' in source ? [[kind, z.int().default(source.port)]] : [];
    }),
  ),
);

const Emr = z.strictObject({
  /** `transient`: a cluster a run. The other two are named so that a settings file may say them, and refused until they are built. */
  mode: z.enum(['transient', 'persistent', 'serverless']).default('transient'),
  releaseLabel: z
    .string()
    .regex(/^emr-\d+\.\d+\.\d+$/)
    .default('emr-7.14.0'),
  instanceType: z.string().default('m5.2xlarge'),
  /** The primary node included. */
  instanceCount: z.int().min(2).default(5),
  /** Spot nodes beside these: they run tasks and hold no data, so losing one costs time only. */
  spotTaskNodes: z.int().min(0).default(0),
  applications: z.array(z.string()).min(1).default(['Spark', 'Hive', 'Hadoop']),
  /** EMR's own belt: 60 seconds to 7 days. */
  idleTimeoutSeconds: z.int().min(60).max(604_800).default(900),
  /** Settings of Spark beside the pipeline's own, which `infra/spark-settings.ts` gives with their reasons. */
  spark: z.record(z.string().startsWith('spark.'), z.string().regex(/^[^\s'"]+$/, 'holds a blank or a quote')).default({}),
});

const Network = z.strictObject({
  cidr: z.string().default('10.20.0.0/16'),
  /** The letters of the zones, so that no look-up is needed to synthesise. */
  zones: z
    .array(z.string().regex(/^[a-z]$/))
    .min(1)
    .default(['a', 'b']),
  natGateways: z.int().min(1).default(1),
  /** Interface endpoint services; what is not listed goes through NAT. */
  endpoints: z.array(z.string()).default(['secretsmanager', 'kms', 'logs', 'monitoring', 'states', 'elasticmapreduce', 'sts']),
  /** The endpoint service that Snowflake gives an account (SYSTEM$GET_PRIVATELINK_CONFIG); without it Snowflake is reached through NAT. */
  snowflakePrivateLink: z.strictObject({ serviceName: z.string(), domain: z.string() }).optional(),
  /** The only ports that functions may reach outside, beside 443. */
  sourcePorts: SourcePorts.prefault({}),
});

/** Who may write large tables into landing by itself, as DESC INTEGRATION says in Snowflake: docs/reference/snowflake.md. */
const SnowflakeUnload = z.strictObject({
  /** STORAGE_AWS_IAM_USER_ARN */
  principal: z.string().regex(/^arn:aws:iam::\d{12}:[\w+=,.@/-]+$/),
  /** STORAGE_AWS_EXTERNAL_ID */
  externalId: z.string().regex(/^[\w+=,.@:/-]{2,1224}$/),
});

/** US dollars, by which the README reckons what the pipeline costs; a test reckons it anew. */
const Prices = z.strictObject({
  emrInstanceHour: z.number().default(0.384),
  emrUpliftHour: z.number().default(0.096),
  natGatewayHour: z.number().default(0.045),
  endpointZoneHour: z.number().default(0.01),
  lambdaGbSecond: z.number().default(0.0000166667),
});

export const Settings = z
  .strictObject({
    stage: z.string().regex(/^[a-z][a-z0-9-]{0,15}$/),
    account: z.string().regex(/^\d{12}$/),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
    prefix: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,15}$/)
      .default('company'),
    concurrency: Concurrency.prefault({}),
    postgres: PostgresSettings.prefault({}),
    /** Batches that are completed, validated or committed at once; an inline Map has at most 40. */
    batchesAtOnce: z.int().min(1).max(40).default(10),
    emr: Emr.prefault({}),
    freshnessCadence: Rate.default('rate(5 minutes)'),
    maintenance: z
      .strictObject({
        /** In quiet hours: what is being maintained is left out of a run. UTC. */
        schedule: z
          .string()
          .regex(/^cron\([^)]+\)$/)
          .default('cron(0 2 * * ? *)'),
        /** Files that no version younger than this reads are removed. Runs are resumed, and Gold reads versions and change feeds, for less than 30 days. */
        vacuumDays: z.int().min(30).default(30),
      })
      .prefault({}),
    /** Schedules, and the rule by which an alarm starts a rerun, are deployed disabled where this is false. */
    automatic: z.boolean().default(true),
    rerun: z
      .strictObject({
        maxPerWindow: z.int().min(1).default(3),
        windowHours: z.number().positive().default(6),
        /** From the end of one try to the next look, so that a source that is down for a while gets the while. */
        pauseSeconds: z.int().min(1).default(300),
      })
      .prefault({}),
    alarms: z.strictObject({ email: z.email().optional() }).prefault({}),
    network: Network.prefault({}),
    snowflakeUnload: SnowflakeUnload.optional(),
    logs: z
      .strictObject({ retentionDays: z.union([7, 14, 30, 90, 180, 365, 731].map((days) => z.literal(days))).default(30) })
      .prefault({}),
    receipts: z
      .strictObject({ lock: z.enum(['GOVERNANCE', 'COMPLIANCE']).default('GOVERNANCE'), years: z.int().min(1).default(7) })
      .prefault({}),
    /** Buckets, tables, secrets and their key survive a deleted stack, and a table cannot be deleted, where this is true. */
    keepData: z.boolean().default(true),
    prices: Prices.prefault({}),
  })
  .superRefine(({ emr }, context) => {
    if (emr.mode === 'transient') return;
    context.addIssue({ code: 'custom', path: ['emr', 'mode'], message: `${emr.mode} is not built yet; the one that is: transient` });
  });
export type Settings = z.infer<typeof Settings>;

/** Names the file, the key and what is known, never a value that could be a secret. */
export class SettingsInvalid extends Error {
  override name = 'SettingsInvalid';
  constructor(file: string, found: string[], cause?: unknown) {
    super(`${file}: expected the settings of a stage (config/settings.ts); found ${found.join('; ')}. To mend it: edit ${file}`, { cause });
  }
}

/** Where the deployment goes to, for what the file leaves open. */
export interface Target {
  account?: string | undefined;
  region?: string | undefined;
}

/** The settings of `<folder>/<stage>.yaml`. @throws SettingsInvalid */
export function readSettings(stage: string, target: Target = {}, folder: string = import.meta.dirname): Settings {
  const file = join(folder, `${stage}.yaml`);
  return checkSettings(`config/${stage}.yaml`, readYaml(file, `config/${stage}.yaml`), stage, target);
}

export function checkSettings(file: string, content: unknown, stage: string, target: Target = {}): Settings {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new SettingsInvalid(file, ['no keys at all']);
  const where = Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined));
  const parsed = Settings.safeParse({ stage, ...where, ...content });
  if (!parsed.success) throw new SettingsInvalid(file, parsed.error.issues.map(describe), parsed.error);
  if (parsed.data.stage !== stage) throw new SettingsInvalid(file, [`stage: ${parsed.data.stage}, which is not the file's name`]);
  return parsed.data;
}

function readYaml(path: string, shown: string): unknown {
  if (!existsSync(path)) throw new SettingsInvalid(shown, ['no such file']);
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new SettingsInvalid(shown, [String(cause).split('\n')[0] ?? ''], cause);
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => [path, key].filter(Boolean).join('.'));
    return `the unknown key ${keys.join(', ')} (known: ${knownKeys(issue.path).join(', ')})`;
  }
  if (path === 'account' || path === 'region') return `${path}: ${issue.message} (set it here, or sign in to AWS so that the CDK knows it)`;
  return `${path}: ${issue.message}`;
}

/** The keys that stand beside the unknown one, read from the schema itself. */
function knownKeys(path: PropertyKey[]): string[] {
  let schema: z.core.$ZodType = Settings;
  for (const key of path) schema = inside(schema, key);
  const object = unwrapped(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function inside(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType {
  const whole = unwrapped(schema);
  if (whole instanceof z.ZodObject) return whole.shape[String(key)];
  if (whole instanceof z.ZodRecord) return whole.valueType;
  return whole;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}
