/** The rules of a dataset: what a contract asks of a column's values or of a row, as Silver applies it. */
import type { Rule } from '../../functions/contract/contract.ts';
import { invalid, type Property, type Quality } from './odcs.ts';

export function columnRules(file: string, dataset: string, property: Property): Rule[] {
  const { name: column, logicalTypeOptions: options } = property;
  const rules: Rule[] = [];
  if (property.required && !property.primaryKey)
    rules.push({ id: `${dataset}.${column}.required`, kind: 'required', column, action: 'quarantine' });
  if (options?.minimum !== undefined || options?.maximum !== undefined) {
    const [min, max] = [options.minimum, options.maximum].map((bound) => (bound === undefined ? null : String(bound)));
    rules.push({ id: `${dataset}.${column}.range`, kind: 'range', column, min: min ?? null, max: max ?? null, action: 'quarantine' });
  }
  return [
    ...rules,
    ...property.quality.map((quality) => withDimension(qualityRule(file, column, quality), quality)),
    ...property.relationships.map((relationship) => referenceRule(dataset, column, relationship)),
  ];
}

function withDimension(rule: Rule, { dimension }: Quality): Rule {
  return dimension === undefined ? rule : { ...rule, dimension };
}

/** What refers to nothing is let through unless the contract says more: the other dataset may only be late. */
function referenceRule(dataset: string, column: string, { id, to, customProperties }: Property['relationships'][number]): Rule {
  const [other = '', its = ''] = to.split('.');
  const action = customProperties.find(({ property }) => property === 'severity')?.value ?? 'warn';
  return { id: id ?? `${dataset}.${column}.reference`, kind: 'reference', column, to: { dataset: other, column: its }, action };
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
export function tableRule(file: string, quality: Quality): Rule {
  if (quality.type !== 'sql') throw invalid(file, `${quality.id}: a rule of the table is of type sql`);
  const bad = /^\s*select\s+count\(\*\)\s+from\s+\$\{object\}\s+where\s+([\s\S]+?)\s*$/i.exec(quality.query)?.[1];
  if (!bad) throw invalid(file, `${quality.id}: query is not of the form SELECT COUNT(*) FROM \${object} WHERE <condition of a bad row>`);
  const rule: Rule = { id: quality.id, kind: 'sql', expression: `NOT coalesce((${bad}), false)`, action: quality.severity };
  return withDimension(rule, quality);
}
