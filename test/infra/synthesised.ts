/** The templates of a stage, made as `cdk deploy` makes them: by the app of cdk.json in a process of its own. */
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
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: Properties; DeletionPolicy?: string }>;
}

function resourcesOf(stack: string, file: string): Resource[] {
  const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as Template;
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

/** `stage`s other than local are given an account, as the CDK command does. */
export async function synthesise(stage: 'local' | 'dev' | 'prod'): Promise<Synthesised> {
  const { app } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { app: string };
  const [program = '', ...args] = app.split(' ');
  const folder = mkdtempSync(join(tmpdir(), `etl-synth-${stage}-`));
  const target = stage === 'local' ? {} : { CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eu-central-1' };
  const env = { ...process.env, ...target, ETL_STAGE: stage, CDK_OUTDIR: folder };
  await promisify(execFile)(join(root, program), args, { cwd: root, env });
  return new Synthesised(folder);
}
