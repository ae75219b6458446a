/** Datasets and their freshness, read from the contract files by themselves and not by the pipeline's compiler. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './synthesised.ts';

interface File {
  name: string;
  slaProperties: { property: string; value: number; unit: 'h' | 'd' }[];
}

export function datasetsOfContracts(): { dataset: string; source: string; freshnessHours: number; cadenceMinutes: number }[] {
  const kinds = readdirSync(join(root, 'contracts')).filter((kind) => kind !== 'gold');
  const files = kinds.flatMap((kind) => yamlFiles(join(root, 'contracts', kind)).map((file) => ({ source: kind, file })));
  return files.map(({ source, file }) => {
    const { name, slaProperties } = parse(readFileSync(file, 'utf8')) as File;
    return {
      dataset: name,
      source,
      freshnessHours: hours(slaProperties, 'freshness'),
      cadenceMinutes: 60 * hours(slaProperties, 'frequency'),
    };
  });
}

function yamlFiles(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.name.endsWith('.yaml'));
  return names.map((entry) => join(folder, entry.name));
}

const IN_HOURS: Record<string, number> = { m: 1 / 60, h: 1, d: 24 };

function hours(slaProperties: File['slaProperties'], wanted: string): number {
  const sla = slaProperties.find(({ property }) => property === wanted);
  const unit = IN_HOURS[sla?.unit ?? ''];
  if (!sla || unit === undefined) throw new Error(`expected ${wanted} in minutes, hours or days; found ${JSON.stringify(sla)}`);
  return sla.value * unit;
}
