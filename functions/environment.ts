/** What the template tells a function through its environment, checked once at the first use. */
import * as z from 'zod';
import { SourceKind } from '../config/sources.ts';
import { EnvironmentInvalid } from './errors.ts';
import { issuesText } from './issues.ts';
import { parsedJson } from './parsed-json.ts';

/** The part of the settings that functions act on; the template serialises it. */
const FunctionSettings = z.object({
  concurrency: z.record(SourceKind, z.number().int()),
  rerun: z.object({ maxPerWindow: z.number().int(), windowHours: z.number() }),
  maintenance: z.object({ vacuumDays: z.number().int() }),
});

const json = <T extends z.ZodType>(schema: T) => z.string().transform(parsedJson).pipe(schema);

const Environment = z.object({
  ETL_STAGE: z.string(),
  LEDGER_TABLE: z.string(),
  LAKE_BUCKET: z.string(),
  LANDING_BUCKETS: json(z.record(SourceKind, z.string())),
  RECEIPTS_BUCKET: z.string(),
  STATE_MACHINE_ARN: z.string(),
  TOPIC_ARN: z.string(),
  CONTRACTS_URL: z.string().startsWith('s3://'),
  SETTINGS: json(FunctionSettings),
});
export type Environment = z.infer<typeof Environment>;

let checked: Environment | undefined;

/** @throws EnvironmentInvalid naming the variables that are missing or wrong. */
export function environment(): Environment {
  if (checked) return checked;
  const parsed = Environment.safeParse(process.env);
  if (!parsed.success) {
    throw new EnvironmentInvalid({
      expected: 'the environment that the template gives every function',
      found: issuesText(parsed.error, 'the environment'),
      remedy: 'deploy the stack again: npx etl deploy',
    });
  }
  checked = parsed.data;
  return checked;
}
