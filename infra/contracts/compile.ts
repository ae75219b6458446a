/** Compiles the YAML contracts under a folder into the one JSON that functions and Spark read. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SOURCES, tellsBy } from '../../config/sources.ts';
import { CHANGE_COLUMNS, landsChanges } from '../../functions/batch/change-columns.ts';
import { type CompiledContracts, Contract, GoldContract } from '../../functions/contract/contract.ts';
import { unusableName } from '../../functions/contract/lake-names.ts';
import { issuesText } from '../../functions/issues.ts';
import { datasetProperties } from './dataset-properties.ts';
import { invalid, type Odcs, type Property, readOdcs } from './odcs.ts';
import { columnRules, tableRule } from './rules.ts';
import { serviceLevels } from './service-levels.ts';
import { silverType } from './silver-type.ts';
import { checkZOrder } from './z-order.ts';

/** `folder` holds one folder a source kind and `gold`. @throws ContractInvalid naming the file. */
export function compileContracts(folder: string): CompiledContracts {
  const compiled: CompiledContracts = { datasets: {}, gold: {} };
  for (const [kind, file] of contractFiles(folder)) {
    const odcs = readOdcs(file);
    if (`${odcs.name}.yaml` !== basename(file)) throw invalid(file, `name: ${odcs.name}, which is not the file's name`);
    if (kind === 'gold') compiled.gold[odcs.name] = compileGold(file, odcs);
    else if (compiled.datasets[odcs.name]) throw invalid(file, `name: ${odcs.name}, a dataset that another folder has too`);
    else compiled.datasets[odcs.name] = compileDataset(file, kind, odcs);
  }
  checkReferences(folder, compiled);
  return compiled;
}

function checkReferences(folder: string, { datasets }: CompiledContracts): void {
  for (const { dataset, source, rules } of Object.values(datasets)) {
    for (const rule of rules) {
      if (rule.kind !== 'reference' || datasets[rule.to.dataset]?.columns.some(({ name }) => name === rule.to.column)) continue;
      throw invalid(
        join(folder, source, `${dataset}.yaml`),
        `relationships: to ${rule.to.dataset}.${rule.to.column}, which no contract has`,
      );
    }
  }
}

function contractFiles(folder: string): [kind: string, file: string][] {
  const kinds = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return kinds
    .map(({ name }) => name)
    .sort()
    .flatMap((kind) => {
      const names = readdirSync(join(folder, kind)).filter((name) => name.endsWith('.yaml'));
      return names.sort().map((name): [string, string] => [kind, join(folder, kind, name)]);
    });
}

function compileDataset(file: string, kind: string, odcs: Odcs): Contract {
  const [object] = odcs.schema;
  const { source = kind, origin, loadMode, schemaPolicy, quality, zOrder, valueFormat, rowFilter, ...load } = datasetProperties(file, odcs);
  const contract = {
    dataset: odcs.name,
    version: odcs.version,
    source,
    origin,
    object: object.physicalName,
    load: { mode: loadMode, ...load, ...(rowFilter === undefined ? {} : { rowFilter }) },
    key: keyOf(object.properties),
    ...(valueFormat === undefined ? {} : { valueFormat }),
    schemaPolicy,
    columns: object.properties.map((property) => columnOf(file, property)),
    rules: [
      ...object.properties.flatMap((property) => columnRules(file, odcs.name, property)),
      ...object.quality.map((quality) => tableRule(file, quality)),
    ],
    quality,
    partitioning: object.properties.filter(({ partitioned }) => partitioned).map(({ name }) => name),
    ...(zOrder === undefined ? {} : { zOrder }),
    ...serviceLevels(file, odcs),
    owner: odcs.team?.members.find(({ role }) => role === 'owner')?.username ?? '',
    support: odcs.support[0]?.channel ?? '',
  };
  const parsed = Contract.safeParse(contract);
  if (!parsed.success) throw invalid(file, issuesText(parsed.error, 'the file'));
  checkLoad(file, parsed.data);
  checkColumns(file, parsed.data);
  checkZOrder(file, odcs);
  return parsed.data;
}

function checkLoad(file: string, { load, key, source, columns, valueFormat }: Contract) {
  const sequence = columns.find(({ name }) => name === load.sequence);
  if (['cursor', 'append'].includes(load.mode) && !load.sequence) throw invalid(file, `loadMode: ${load.mode} without a sequence`);
  if (load.sequence && !sequence) throw invalid(file, `sequence: ${load.sequence}, which is not a column`);
  // A row without its place in the order is set aside by the rule that the column is required.
  if (sequence && !sequence.required) throw invalid(file, `sequence: ${load.sequence}, a column that is not required`);
  if (sequence) checkOrder(file, sequence, load);
  const readsMessages = load.mode === 'offsets' || load.mode === 'compacted';
  if (load.mode !== 'offsets' && key.length === 0) throw invalid(file, `loadMode: ${load.mode} without a primaryKey`);
  if (load.history === 'scd2' && ['append', 'offsets'].includes(load.mode))
    throw invalid(file, `history: scd2 with loadMode: ${load.mode}, whose rows never change`);
  if (load.history === 'scd2' && load.mode === 'compacted')
    throw invalid(file, 'history: scd2 with loadMode: compacted, whose topic keeps no history');
  if (load.lostOffsets && load.mode !== 'offsets') throw invalid(file, `lostOffsets: ${load.lostOffsets} with loadMode: ${load.mode}`);
  if (valueFormat && !readsMessages) throw invalid(file, `valueFormat: ${valueFormat} with loadMode: ${load.mode}`);
  checkHeeded(file, source, load);
  if (readsMessages !== (SOURCES[source].lands === 'messages')) throw invalid(file, `loadMode: ${load.mode} of a ${source} source`);
  if (sequence && 'needsLookback' in SOURCES[source]) checkLookback(file, source, sequence, load);
  if (landsChanges({ load }) || load.mode === 'compacted') checkChanges(file, { load, source, columns });
}

/** Silver orders rows by a whole number: microseconds of a time, or the number itself. Versions begin at times. */
function checkOrder(file: string, { name, type }: Contract['columns'][number], { history }: Contract['load']) {
  const isTime = type === 'timestamp' || type === 'date';
  const isWhole = type === 'int' || type === 'bigint' || /^decimal\((\d|1[0-8]),0\)$/.test(type);
  if (!isTime && !isWhole)
    throw invalid(file, `sequence: ${name} of type ${type}, where a time or a whole number of at most 18 digits orders rows`);
  if (!isTime && history === 'scd2') throw invalid(file, `history: scd2 by the sequence ${name} of type ${type}, which says no time`);
}

/** Such a source does not show how late a row may come, and a lookback is in seconds. */
function checkLookback(file: string, source: Contract['source'], { name, type }: Contract['columns'][number], load: Contract['load']) {
  if (load.lookbackSeconds === 0)
    throw invalid(file, `lookbackSeconds: 0 of a ${source} source, which does not show how late a row may come`);
  if (type !== 'timestamp' && type !== 'date')
    throw invalid(file, `sequence: ${name} of type ${type} of a ${source} source, which does not show how late a number may come`);
}

/** Operations come in the source's own order and say themselves what was deleted: nothing else may be asked to. */
function checkChanges(file: string, { load, source, columns }: Pick<Contract, 'load' | 'source' | 'columns'>) {
  if (tellsBy(source) !== load.mode) throw invalid(file, `loadMode: ${load.mode} of a ${source} source`);
  if (load.sequence !== undefined)
    throw invalid(file, `sequence: ${load.sequence} with loadMode: ${load.mode}, which has an order of its own`);
  if (load.lookbackSeconds > 0)
    throw invalid(file, `lookbackSeconds: ${load.lookbackSeconds} with loadMode: ${load.mode}, which misses nothing`);
  if (load.deletions) throw invalid(file, `deletions: true with loadMode: ${load.mode}, which tells of each deletion`);
  const taken = CHANGE_COLUMNS.find(({ name }) => columns.some((column) => column.name === name));
  if (taken) throw invalid(file, `a column ${taken.name}, which loadMode: ${load.mode} has beside the table's own`);
}

function checkColumns(file: string, contract: Contract) {
  const { columns, source } = contract;
  const unusable = unusableName(
    contract,
    columns.map(({ name }) => name),
  );
  if (unusable) throw invalid(file, `a column ${unusable.name}: ${unusable.reason}; keep the source's name as its physicalName`);
  const renamed = columns.find(({ physicalName }) => physicalName !== undefined);
  if (renamed && SOURCES[source].lands === 'messages')
    throw invalid(file, `physicalName of ${renamed.name}: where a message has it says the custom property path`);
  const other = columns.find(({ type, fractionalSecondsPrecision }) => fractionalSecondsPrecision !== undefined && type !== 'timestamp');
  if (other) throw invalid(file, `fractionalSecondsPrecision of ${other.name}, which is of type ${other.type} and no timestamp`);
}

/** What would have another answer tomorrow without the row having changed, or would end the statement. */
const NOT_OF_THE_ROW =
  /;|--|\/\*|\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_(date|time|timestamp)|localtime(stamp)?|select)\b/i;

function checkHeeded(file: string, source: Contract['source'], { mode, rowFilter, deletionsEveryHours, deletions }: Contract['load']) {
  const row: { lands: string; heeds?: readonly string[] } = SOURCES[source];
  if (rowFilter !== undefined && !row.heeds?.includes('rowFilter')) throw invalid(file, `rowFilter: of a ${source} source, which has none`);
  if (rowFilter !== undefined && mode === 'log') throw invalid(file, 'rowFilter: with loadMode: log, which tells of every row');
  const odd = NOT_OF_THE_ROW.exec(rowFilter ?? '')?.[0];
  if (odd !== undefined) throw invalid(file, `rowFilter: ${odd}, where a condition over the columns of the row alone is needed`);
  if (deletionsEveryHours === 0) return;
  if (!row.heeds?.includes('deletionsEveryHours'))
    throw invalid(file, `deletionsEveryHours: of a ${source} source, which looks in each batch`);
  if (!deletions) throw invalid(file, 'deletionsEveryHours: without deletions');
}

function compileGold(file: string, odcs: Odcs): GoldContract {
  const [object] = odcs.schema;
  const customOf = (name: string) => odcs.customProperties.find(({ property }) => property === name)?.value;
  const [incremental, zOrder] = [customOf('incremental'), customOf('zOrder')];
  const parsed = GoldContract.safeParse({
    ...(incremental === undefined ? {} : { incremental }),
    ...(zOrder === undefined ? {} : { zOrder }),
    table: odcs.name,
    version: odcs.version,
    description: odcs.description.purpose,
    grain: keyOf(object.properties),
    columns: object.properties.map((property) => {
      const { physicalName: _name, physicalType: _type, ...column } = columnOf(file, property);
      return column;
    }),
    partitioning: object.properties.filter(({ partitioned }) => partitioned).map(({ name }) => name),
  });
  if (!parsed.success) throw invalid(file, issuesText(parsed.error, 'the file'));
  checkZOrder(file, odcs);
  return parsed.data;
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
    physicalName: property.physicalName === property.name ? undefined : property.physicalName,
    physicalType: property.physicalType,
    required: property.required || property.primaryKey,
    class: property.classification,
    masking: custom.get('masking'),
    path: custom.get('path'),
    paths: custom.get('paths'),
    aliases: custom.get('aliases'),
    default: custom.get('default'),
    fractionalSecondsPrecision: custom.get('fractionalSecondsPrecision'),
    description: property.description,
  };
  // An absent option leaves no key behind: the compiled JSON says only what the contract says.
  return Object.fromEntries(Object.entries(column).filter(([, value]) => value !== undefined)) as Contract['columns'][number];
}
