/** Reads one contract file: the part of the Open Data Contract Standard 3.2 that this pipeline gives a meaning to. */
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { Classification, type Dimension } from '../../functions/contract/contract.ts';
import { ContractInvalid } from '../../functions/errors.ts';
import { issuesText } from '../../functions/issues.ts';

/** Keys of the standard that mean nothing to this pipeline. Any other key is a slip of the pen, which would be passed over otherwise. */
const ignored = <Key extends string>(...keys: Key[]) =>
  Object.fromEntries(keys.map((key) => [key, z.unknown().optional()])) as Record<Key, z.ZodOptional<z.ZodUnknown>>;

const Severity = z.enum(['warn', 'quarantine', 'fail']);

/** The standard admits no dots; in results and metrics the rule is called `users.email.pattern`. */
const RuleId = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/, 'expected letters, digits, _ and - (users-email-pattern)')
  .transform((id) => id.replaceAll('-', '.'));

/** Of the standard's seven the two that the scores do not tell apart are counted with their kin. */
const RuleDimension = z
  .enum(['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness'])
  .transform((name): Dimension => (name === 'conformity' ? 'accuracy' : name === 'coverage' ? 'completeness' : name))
  .optional();

const LibraryQuality = z.object({
  id: RuleId,
  dimension: RuleDimension,
  type: z.literal('library'),
  metric: z.enum(['nullValues', 'invalidValues', 'duplicateValues']),
  arguments: z.object({ pattern: z.string().optional(), validValues: z.array(z.string()).optional() }).optional(),
  severity: Severity,
});
const SqlQuality = z.object({ id: RuleId, dimension: RuleDimension, type: z.literal('sql'), query: z.string(), severity: Severity });
export const Quality = z.discriminatedUnion('type', [LibraryQuality, SqlQuality]);
export type Quality = z.infer<typeof Quality>;

const CustomProperty = z.object({ property: z.string(), value: z.unknown(), description: z.string().optional() });

/** The values of the column are those of another dataset's: `to: users.user_id`. */
const Relationship = z.strictObject({
  id: RuleId.optional(),
  type: z.literal('foreignKey').default('foreignKey'),
  to: z.string().regex(/^\w+\.\w+$/, 'expected <dataset>.<column>'),
  customProperties: z.array(z.strictObject({ property: z.literal('severity'), value: Severity })).default([]),
});

export const Property = z.strictObject({
  ...ignored('id', 'businessName', 'tags', 'authoritativeDefinitions', 'unique', 'partitionKeyPosition', 'encryptedName'),
  ...ignored('transformSourceObjects', 'transformLogic', 'transformDescription', 'examples', 'criticalDataElement'),
  ...ignored('properties', 'items'),
  name: z.string(),
  physicalName: z.string().optional(),
  logicalType: z.enum(['string', 'date', 'timestamp', 'number', 'integer', 'boolean', 'object', 'array']),
  physicalType: z.string(),
  description: z.string().optional(),
  required: z.boolean().default(false),
  primaryKey: z.boolean().default(false),
  primaryKeyPosition: z.number().int().optional(),
  partitioned: z.boolean().default(false),
  classification: Classification,
  logicalTypeOptions: z.strictObject({ minimum: z.number().optional(), maximum: z.number().optional() }).optional(),
  quality: z.array(Quality).default([]),
  relationships: z.array(Relationship).default([]),
  customProperties: z.array(CustomProperty).default([]),
});
export type Property = z.infer<typeof Property>;

export const Odcs = z.strictObject({
  ...ignored('status', 'tenant', 'domain', 'dataProduct', 'tags', 'servers', 'price', 'roles', 'slaDefaultElement'),
  ...ignored('authoritativeDefinitions', 'contractCreatedTs'),
  apiVersion: z.string(),
  kind: z.literal('DataContract'),
  id: z.string(),
  name: z.string(),
  version: z.string(),
  description: z.object({ purpose: z.string(), usage: z.string().optional(), limitations: z.string().optional() }),
  schema: z.tuple([
    z.strictObject({
      ...ignored('id', 'physicalType', 'logicalType', 'description', 'businessName', 'tags', 'dataGranularityDescription'),
      ...ignored('relationships', 'authoritativeDefinitions', 'customProperties'),
      name: z.string(),
      physicalName: z.string(),
      properties: z.array(Property).min(1),
      quality: z.array(Quality).default([]),
    }),
  ]),
  support: z.array(z.object({ channel: z.string() })).min(1),
  team: z.object({ members: z.array(z.object({ username: z.string(), role: z.string() })) }).optional(),
  slaProperties: z.array(z.object({ property: z.string(), value: z.unknown(), unit: z.string().optional() })).default([]),
  customProperties: z.array(CustomProperty).default([]),
});
export type Odcs = z.infer<typeof Odcs>;

/** @throws ContractInvalid naming the file and each place in it that is wrong. */
export function readOdcs(file: string): Odcs {
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.errors.length > 0) throw invalid(file, document.errors.map((error) => error.message.split('\n')[0]).join('; '));
  const parsed = Odcs.safeParse(document.toJS());
  if (!parsed.success) throw invalid(file, issuesText(parsed.error, 'the file'));
  return parsed.data;
}

export function invalid(file: string, found: string): ContractInvalid {
  return new ContractInvalid({
    expected: `a data contract (Open Data Contract Standard 3.2) in ${file}`,
    found,
    remedy: 'correct the file; contracts/postgres/users.yaml is a complete example',
  });
}
