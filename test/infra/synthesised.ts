/** The templates of all stages, and their resources in a form that a test can read. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '..', '..');

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Properties = { [key: string]: Json };

export interface Resource {
  id: string;
  stack: string;
  type: string;
  properties: Properties;
  deletionPolicy: string | undefined;
}

export class Synthesised {
  readonly folder: string;
  readonly resources: Resource[];

  constructor(folder: string) {
    this.folder = folder;
    const files = readdirSync(folder).filter((file) => file.endsWith('.template.json'));
    this.resources = files.flatMap((file) => resourcesOf(file.replace('.template.json', ''), join(folder, file)));
  }

  all(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one resource of the type whose property has the value. */
  one(type: string, property: string, value: string): Resource {
    const found = this.all(type).filter(({ properties }) => properties[property] === value);
    if (found.length === 1 && found[0]) return found[0];
    throw new Error(`expected one ${type} with ${property} ${value}; found ${found.length}`);
  }

  output(stack: string, name: string): Json {
    return readable(templateIn(join(this.folder, `${stack}.template.json`)).Outputs?.[name]?.Value ?? null);
  }
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: Properties; DeletionPolicy?: string }>;
  Outputs?: Record<string, { Value: Json }>;
}

function templateIn(file: string): Template {
  return JSON.parse(readFileSync(file, 'utf8')) as Template;
}

function resourcesOf(stack: string, file: string): Resource[] {
  const { Resources } = templateIn(file);
  return Object.entries(Resources).map(([id, { Type, Properties = {}, DeletionPolicy }]) => ({
    id,
    stack,
    type: Type,
    properties: readable(Properties) as Properties,
    deletionPolicy: DeletionPolicy,
  }));
}

/** Intrinsic functions as text: joined where they join, else what they name in angle brackets. */
function readable(value: Json): Json {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, of] = ['', null], ...others] = Object.entries(value);
  if (others.length > 0) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
  if (name === 'Ref' && of === 'AWS::Partition') return 'aws';
  if (name === 'Ref' && of === 'AWS::AccountId') return '<account>';
  if (name === 'Ref') return `<${String(of)}>`;
  if (name === 'Fn::GetAtt' && Array.isArray(of)) return `<${of.join('.')}>`;
  if (name === 'Fn::ImportValue') return String(of).includes('Key') ? '<key>' : `<${String(of)}>`;
  if (name === 'Fn::Join' && Array.isArray(of)) {
    const [separator, parts] = of as [string, Json[]];
    return parts.map(readable).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

export interface Stages {
  /** Where they were synthesised. */
  folder: string;
  local: Synthesised;
  dev: Synthesised;
  prod: Synthesised;
  /** As prod, on the EMR release that the source document names. */
  prodOnEmr6: Synthesised;
}

/** In a process of its own, since jest would transform the CDK. A finding of cdk-nag is an error there. */
export async function synthesiseStages(): Promise<Stages> {
  const folder = mkdtempSync(join(tmpdir(), 'etl-templates-'));
  await promisify(execFile)(join(root, 'node_modules', '.bin', 'node'), [join(import.meta.dirname, 'synthesise-stages.ts'), folder]);
  const stage = (name: string) => new Synthesised(join(folder, name));
  return { folder, local: stage('local'), dev: stage('dev'), prod: stage('prod'), prodOnEmr6: stage('prod-on-emr-6') };
}
