/** Compiles the YAML contracts under a folder into the one JSON that functions and Spark read. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CompiledContracts, Contract, type GoldContract, type Rule } from './contract.ts';
import { invalid, type Odcs, type Property, type Quality, readOdcs } from './odcs.ts';

/** `folder` holds one folder a source kind and `gold`. @throws ContractInvalid naming the file. */
export function compileContracts(folder: string): CompiledContracts {
  const compiled: CompiledContracts = { datasets: {}, gold: {} };
  for (const kind of readdirSync(folder).sort()) {
    for (const name of readdirSync(join(folder, kind)).sort()) {
      if (!name.endsWith('.yaml')) continue;
      const file = join(folder, kind, name);
      const odcs = readOdcs(file);
      if (`${odcs.name}.yaml` !== name) throw invalid(file, `name: ${odcs.name}, which is not the file's name`);
      if (kind === 'gold') compiled.gold[odcs.name] = compileGold(file, odcs);
      else compiled.datasets[odcs.name] = compileDataset(file, kind, odcs);
    }
  }
  return compiled;
}

export function compileDataset(file: string, kind: string, odcs: Odcs): Contract {
  const [object] = odcs.schema;
  const custom = new Map(odcs.customProperties.map(({ property, value }) => [property, value]));
  const names = new Set(object.properties.map(({ name }) => name));
  const contract = {
    dataset: odcs.name,
    version: odcs.version,
    source: custom.get('source') ?? kind,
    origin: custom.get('origin'),
    object: object.physicalName,
    load: {
      mode: custom.get('loadMode'),
      sequence: custom.get('sequence'),
      lookbackSeconds: custom.get('lookbackSeconds') ?? 0,
      deletions: custom.get('deletions') ?? false,
      maxDeleteShare: custom.get('maxDeleteShare') ?? 0.2,
      chunkRows: custom.get('chunkRows') ?? 500_000,
    },
    key: keyOf(object.properties),
    schemaPolicy: custom.get('schemaPolicy') ?? 'evolve',
    columns: object.properties.map((property) => columnOf(file, property)),
    rules: [
      ...object.properties.flatMap((property) => columnRules(file, odcs.name, property)),
      ...object.quality.map((quality) => tableRule(file, quality)),
    ],
    partitioning: object.properties.filter(({ partitioned }) => partitioned).map(({ name }) => name),
    freshnessHours: slaHours(odcs, 'freshness') ?? 2,
    cadence: cadence(odcs),
    retention: retention(odcs),
    owner: odcs.team?.members.find(({ role }) => role === 'owner')?.username ?? '',
    support: odcs.support[0]?.channel ?? '',
  };
  const parsed = Contract.safeParse(contract);
  if (!parsed.success) throw invalid(file, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  checkLoad(file, parsed.data, names);
  return parsed.data;
}

function checkLoad(file: string, { load, key, source }: Contract, names: Set<string>) {
  if (['cursor', 'append'].includes(load.mode) && !load.sequence) throw invalid(file, `loadMode: ${load.mode} without a sequence`);
  if (load.sequence && !names.has(load.sequence)) throw invalid(file, `sequence: ${load.sequence}, which is not a column`);
  if (['cursor', 'append', 'snapshot'].includes(load.mode) && key.length === 0)
    throw invalid(file, `loadMode: ${load.mode} without a primaryKey`);
  if ((load.mode === 'offsets') !== (source === 'kafka')) throw invalid(file, `loadMode: ${load.mode} of a ${source} source`);
}

function compileGold(file: string, odcs: Odcs): GoldContract {
  const [object] = odcs.schema;
  return {
    table: odcs.name,
    version: odcs.version,
    description: odcs.description.purpose,
    grain: keyOf(object.properties),
    columns: object.properties.map((property) => {
      const { physicalType: _, ...column } = columnOf(file, property);
      return column;
    }),
    partitioning: object.properties.filter(({ partitioned }) => partitioned).map(({ name }) => name),
  };
}

function keyOf(properties: Property[]): string[] {
  return properties
    .filter(({ primaryKey }) => primaryKey)
    .sort((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
    .map(({ name }) => name);
}

function columnOf(file: string, property: Property): Contract['columns'][number] {
  const custom = new Map(property.customProperties.map(({ property, value }) => [property, value]));
  const column = {
    name: property.name,
    type: silverType(file, property),
    physicalType: property.physicalType,
    required: property.required || property.primaryKey,
    class: property.classification,
    masking: custom.get('masking'),
    path: custom.get('path'),
    description: property.description,
  };
  // An absent option leaves no key behind: the compiled JSON says only what the contract says.
  return Object.fromEntries(Object.entries(column).filter(([, value]) => value !== undefined)) as Contract['columns'][number];
}

/** The column's type in Silver and Gold, in Spark's spelling. */
function silverType(file: string, { name, logicalType, physicalType }: Property): string {
  const declared = physicalType.toLowerCase();
  switch (logicalType) {
    case 'string':
    case 'object':
      return 'string';
    case 'array':
      return declared.startsWith('array<') ? declared : 'string';
    case 'boolean':
    case 'date':
    case 'timestamp':
      return logicalType;
    case 'integer':
      return /^(smallint|int|int2|int4|integer)$/.test(declared) ? 'int' : 'bigint';
    case 'number': {
      const decimal = /^(?:numeric|number|decimal)\((\d+),\s*(\d+)\)$/.exec(declared);
      if (decimal) return `decimal(${decimal[1]},${decimal[2]})`;
      if (/^(double|double precision|float|float8|real)$/.test(declared)) return 'double';
      throw invalid(file, `${name}: physicalType ${physicalType}, a number without precision and scale`);
    }
  }
}

function columnRules(file: string, dataset: string, property: Property): Rule[] {
  const { name: column, logicalTypeOptions: options } = property;
  const rules: Rule[] = [];
  if (property.required && !property.primaryKey)
    rules.push({ id: `${dataset}.${column}.required`, kind: 'required', column, action: 'quarantine' });
  if (options?.minimum !== undefined || options?.maximum !== undefined) {
    const [min, max] = [options.minimum, options.maximum].map((bound) => (bound === undefined ? null : String(bound)));
    rules.push({ id: `${dataset}.${column}.range`, kind: 'range', column, min: min ?? null, max: max ?? null, action: 'quarantine' });
  }
  return [...rules, ...property.quality.map((quality) => qualityRule(file, column, quality))];
}

function qualityRule(file: string, column: string, quality: Quality): Rule {
  if (quality.type === 'sql') return tableRule(file, quality);
  const { id, severity: action } = quality;
  switch (quality.metric) {
    case 'nullValues':
      return { id, kind: 'required', column, action };
    case 'duplicateValues':
      return { id, kind: 'unique', column, action };
    case 'invalidValues': {
      const { pattern, validValues } = quality.arguments ?? {};
      if (pattern !== undefined) return { id, kind: 'pattern', column, pattern, action };
      if (validValues !== undefined) return { id, kind: 'allowed', column, values: validValues, action };
      throw invalid(file, `${id}: invalidValues without a pattern or validValues`);
    }
  }
}

/** A SQL rule counts the bad rows: `SELECT COUNT(*) FROM ${object} WHERE <bad>`. Row by row, a good row is one that is not bad. */
function tableRule(file: string, quality: Quality): Rule {
  if (quality.type !== 'sql') throw invalid(file, `${quality.id}: a rule of the table is of type sql`);
  const bad = /^\s*select\s+count\(\*\)\s+from\s+\$\{object\}\s+where\s+([\s\S]+?)\s*$/i.exec(quality.query)?.[1];
  if (!bad) throw invalid(file, `${quality.id}: query is not of the form SELECT COUNT(*) FROM \${object} WHERE <condition of a bad row>`);
  return { id: quality.id, kind: 'sql', expression: `NOT coalesce((${bad}), false)`, action: quality.severity };
}

const HOURS: Record<string, number> = { m: 1 / 60, h: 1, d: 24, y: 24 * 365 };

function slaHours(odcs: Odcs, property: string): number | undefined {
  const sla = odcs.slaProperties.find((entry) => entry.property === property);
  return sla && sla.value * (HOURS[sla.unit] ?? 1);
}

function cadence(odcs: Odcs): string {
  const minutes = Math.round((slaHours(odcs, 'frequency') ?? 1) * 60);
  if (minutes % 60 !== 0) return `rate(${minutes} minutes)`;
  return minutes === 60 ? 'rate(1 hour)' : `rate(${minutes / 60} hours)`;
}

function retention(odcs: Odcs): string {
  const sla = odcs.slaProperties.find(({ property }) => property === 'retention');
  return sla ? `P${sla.value}${sla.unit.toUpperCase()}` : 'P7Y';
}
