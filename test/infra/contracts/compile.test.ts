import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { ContractInvalid } from '../../../functions/errors.ts';
import { compileContracts } from '../../../infra/contracts/compile.ts';

/** The complete example that the remedy names: every test changes one thing of it. */
const EXAMPLE = readFileSync(join(import.meta.dirname, '../../../contracts/postgres/users.yaml'), 'utf8');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contracts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Yaml {
  [key: string]: Yaml & Yaml[] & string;
}
type Change = (contract: Yaml) => void;

function write(place: string, change: Change = () => undefined): string {
  const contract: Yaml = parse(EXAMPLE);
  change(contract);
  const file = join(folder, place);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, stringify(contract));
  return file;
}
const users = () => compileContracts(folder).datasets.users;
const property = (contract: Yaml, name: string) =>
  contract.schema?.[0]?.properties?.find((each) => each.name === name) as unknown as Record<string, unknown>;
const setCustom = (contract: Yaml, name: string, value: unknown) => {
  const others = (contract.customProperties as Yaml[]).filter((each) => (each.property as unknown as string) !== name);
  Object.assign(contract, { customProperties: value === undefined ? others : [...others, { property: name, value }] });
};
const tellOfChanges = (contract: Yaml, mode: string, name?: string, value?: unknown) => {
  for (const other of ['sequence', 'lookbackSeconds', 'deletions', 'history']) setCustom(contract, other, undefined);
  setCustom(contract, 'loadMode', mode);
  if (name !== undefined) setCustom(contract, name, value);
};
const setLevel = (contract: Yaml, name: string, value: unknown, unit: string) => {
  const others = (contract.slaProperties as Yaml[]).filter((each) => (each.property as unknown as string) !== name);
  Object.assign(contract, { slaProperties: [...others, { property: name, value, unit }] });
};

test('a contract compiles to what functions and Spark read', () => {
  write('postgres/users.yaml');
  expect(users()).toMatchObject({
    dataset: 'users',
    version: '2.0.0',
    source: 'postgres',
    origin: 'production database',
    object: 'public.users',
    load: {
      mode: 'cursor',
      sequence: 'updated_at',
      lookbackSeconds: 0,
      deletions: true,
      maxDeleteShare: 0.2,
      chunkRows: 500_000,
      history: 'scd2',
    },
    quality: {},
    key: ['user_id'],
    schemaPolicy: 'evolve',
    cadence: 'rate(1 hour)',
    freshnessHours: 2,
    retention: 'P7Y',
    owner: 'data-team@company.com',
    support: 'data-team',
  });
  expect(users()?.columns.slice(0, 2)).toEqual([
    {
      name: 'user_id',
      type: 'string',
      physicalType: 'text',
      required: true,
      class: 'internal',
      description: 'Identifier given by the production database',
    },
    { name: 'first_name', type: 'string', physicalType: 'text', required: false, class: 'PII', description: 'Given name' },
  ]);
  expect(users()?.rules).toEqual([
    {
      id: 'users.email.pattern',
      kind: 'pattern',
      column: 'email',
      pattern: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
      action: 'quarantine',
      dimension: 'accuracy',
    },
    { id: 'users.country.required', kind: 'required', column: 'country', action: 'quarantine' },
    { id: 'users.updated_at.required', kind: 'required', column: 'updated_at', action: 'quarantine' },
    {
      id: 'users.registration_date.sql',
      kind: 'sql',
      expression: 'NOT coalesce((registration_date > CAST(updated_at AS date)), false)',
      action: 'warn',
      dimension: 'consistency',
    },
  ]);
});

test.each([
  ['integer', 'int4', 'int'],
  ['integer', 'bigint', 'bigint'],
  ['integer', 'NUMBER(38,0)', 'bigint'],
  ['number', 'numeric(12, 2)', 'decimal(12,2)'],
  ['number', 'double precision', 'double'],
  ['boolean', 'bool', 'boolean'],
  ['date', 'date', 'date'],
  ['timestamp', 'timestamptz', 'timestamp'],
  ['object', 'jsonb', 'string'],
  ['array', 'array<struct<product_id:string,quantity:int>>', 'array<struct<product_id:string,quantity:int>>'],
  ['array', 'jsonb', 'string'],
])('a column of logical type %s and physical type %s is %s in Silver', (logicalType, physicalType, silver) => {
  write('postgres/users.yaml', (contract) => Object.assign(property(contract, 'city'), { logicalType, physicalType }));
  expect(users()?.columns.find(({ name }) => name === 'city')?.type).toBe(silver);
});

test('each kind of rule compiles; a rule in SQL, which counts bad rows, becomes a condition of good ones that null does not break', () => {
  write('postgres/users.yaml', (contract) => {
    const library = { type: 'library', mustBe: 0, severity: 'warn' };
    Object.assign(property(contract, 'state'), {
      logicalTypeOptions: { minimum: 0, maximum: 10.5 },
      quality: [
        { id: 'a', metric: 'nullValues', ...library },
        { id: 'b', metric: 'duplicateValues', ...library },
        { id: 'c', metric: 'invalidValues', arguments: { validValues: ['NY', 'CA'] }, ...library },
      ],
    });
    Object.assign(contract.schema?.[0] ?? {}, {
      quality: [
        {
          id: 'd',
          type: 'sql',
          query: `SELECT COUNT(*) FROM \${object} WHERE city IS NULL\n  OR state IS NULL`,
          mustBe: 0,
          severity: 'fail',
        },
      ],
    });
  });
  expect(users()?.rules.filter(({ id }) => !id.startsWith('users.') || id.startsWith('users.state'))).toEqual([
    { id: 'users.state.range', kind: 'range', column: 'state', min: '0', max: '10.5', action: 'quarantine' },
    { id: 'a', kind: 'required', column: 'state', action: 'warn' },
    { id: 'b', kind: 'unique', column: 'state', action: 'warn' },
    { id: 'c', kind: 'allowed', column: 'state', values: ['NY', 'CA'], action: 'warn' },
    { id: 'd', kind: 'sql', expression: 'NOT coalesce((city IS NULL\n  OR state IS NULL), false)', action: 'fail' },
  ]);
});

test('a rule may say which score it lowers, and a column whose values it takes: what refers to nothing is let through unless that is said, too', () => {
  write('postgres/users.yaml', (contract) => {
    Object.assign(property(contract, 'state'), {
      quality: [{ id: 'a', type: 'library', metric: 'nullValues', mustBe: 0, severity: 'warn', dimension: 'coverage' }],
      relationships: [{ to: 'users.city' }],
    });
    Object.assign(property(contract, 'city'), {
      relationships: [{ id: 'named', to: 'users.user_id', customProperties: [{ property: 'severity', value: 'quarantine' }] }],
    });
  });
  expect(users()?.rules.filter(({ id }) => !/(pattern|required|sql)$/.test(id))).toEqual([
    { id: 'named', kind: 'reference', column: 'city', to: { dataset: 'users', column: 'user_id' }, action: 'quarantine' },
    { id: 'a', kind: 'required', column: 'state', action: 'warn', dimension: 'completeness' },
    { id: 'users.state.reference', kind: 'reference', column: 'state', to: { dataset: 'users', column: 'city' }, action: 'warn' },
  ]);
});

test('history, thresholds of quality, names at the source now and earlier, defaults, the places of a field and what may be cut of a time are taken as the contract says them', () => {
  write('postgres/users.yaml', (contract) => {
    setCustom(contract, 'history', 'scd1');
    setCustom(contract, 'quality', { completeness: 99.5 });
    Object.assign(property(contract, 'state'), {
      customProperties: [
        { property: 'aliases', value: ['province'] },
        { property: 'default', value: 'NY' },
        { property: 'paths', value: ['$.state', '$.address.state'] },
      ],
    });
    Object.assign(property(contract, 'state'), { physicalName: 'State' });
    Object.assign(property(contract, 'city'), { physicalName: 'city' });
    Object.assign(property(contract, 'updated_at'), { customProperties: [{ property: 'fractionalSecondsPrecision', value: 6 }] });
  });
  expect(users()).toMatchObject({ load: { history: 'scd1' }, quality: { completeness: 99.5 } });
  expect(users()?.columns.find(({ name }) => name === 'state')).toMatchObject({
    aliases: ['province'],
    default: 'NY',
    paths: ['$.state', '$.address.state'],
    physicalName: 'State',
  });
  expect(users()?.columns.find(({ name }) => name === 'city')).not.toHaveProperty('physicalName');
  expect(users()?.columns.find(({ name }) => name === 'updated_at')?.fractionalSecondsPrecision).toBe(6);
});

test('the versions of a table whose source tells of operations are kept like those of any other', () => {
  write('postgres/users.yaml', (contract) => tellOfChanges(contract, 'log', 'history', 'scd2'));
  expect(users()?.load).toMatchObject({ mode: 'log', history: 'scd2' });
});

test('a Gold contract says how the changes of its inputs are followed', () => {
  const incremental = { key: ['user_key'], inputs: { 'silver.users': 'SELECT sha2(user_id, 256) AS user_key FROM changed' } };
  write('gold/users.yaml', (contract) => setCustom(contract, 'incremental', incremental));
  expect(compileContracts(folder).gold.users?.incremental).toEqual(incremental);
});

test('the parts of a key stand in the order of their positions', () => {
  write('postgres/users.yaml', (contract) => {
    Object.assign(property(contract, 'city'), { primaryKey: true, primaryKeyPosition: 1 });
    Object.assign(property(contract, 'user_id'), { primaryKeyPosition: 2 });
  });
  expect(users()?.key).toEqual(['city', 'user_id']);
});

test('a filter of rows, and the hours between looks for deletions, go into what the source reads', () => {
  write('postgres/users.yaml', (contract) => {
    setCustom(contract, 'rowFilter', "country <> 'XX'");
    setCustom(contract, 'deletionsEveryHours', 24);
  });
  expect(users()?.load).toMatchObject({ rowFilter: "country <> 'XX'", deletions: true, deletionsEveryHours: 24 });
});

test.each([
  [15, 'm', 'rate(15 minutes)'],
  [90, 'm', 'rate(90 minutes)'],
  [60, 'm', 'rate(1 hour)'],
  [1, 'm', 'rate(1 minute)'],
  [2, 'h', 'rate(2 hours)'],
  [1, 'd', 'rate(24 hours)'],
])('a frequency of %s %s is %s', (value, unit, cadence) => {
  write('postgres/users.yaml', (contract) => setLevel(contract, 'frequency', value, unit));
  expect(users()?.cadence).toBe(cadence);
});

const MISTAKES: [string, Change, RegExp][] = [
  [
    'an unknown severity',
    (contract) => Object.assign((property(contract, 'email').quality as object[])[0] ?? {}, { severity: 'stop' }),
    /schema\.0\.properties\.3\.quality\.0\.severity: .*warn.*quarantine.*fail/,
  ],
  [
    'a key that is missing',
    (contract) => Object.assign(property(contract, 'user_id'), { primaryKey: false }),
    /cursor without a primaryKey/,
  ],
  [
    'a type that is none of the standard',
    (contract) => Object.assign(property(contract, 'city'), { logicalType: 'text' }),
    /schema\.0\.properties\.6\.logicalType: /,
  ],
  [
    'a number without precision',
    (contract) => Object.assign(property(contract, 'city'), { logicalType: 'number', physicalType: 'numeric' }),
    /city: .*precision/,
  ],
  [
    'a class that is none',
    (contract) => Object.assign(property(contract, 'city'), { classification: 'secret' }),
    /schema\.0\.properties\.6\.classification: /,
  ],
  [
    'a name misspelt in a column',
    (contract) => Object.assign(property(contract, 'city'), { requird: true }),
    /schema\.0\.properties\.6: .*"requird"/,
  ],
  ['a name misspelt at the top', (contract) => Object.assign(contract, { slaPropertys: [] }), /"slaPropertys"/],
  ['a custom property misspelt', (contract) => setCustom(contract, 'maxDeleteShar', 0.5), /customProperties: .*"maxDeleteShar"/],
  ['a share above one', (contract) => setCustom(contract, 'maxDeleteShare', 20), /customProperties\.maxDeleteShare: /],
  [
    'a filter whose answer changes without the row',
    (contract) => setCustom(contract, 'rowFilter', 'registration_date > current_date - 30'),
    /rowFilter: current_date, where a condition over the columns of the row alone/,
  ],
  ['a filter that ends the statement', (contract) => setCustom(contract, 'rowFilter', "country = 'CH'; SELECT 1"), /rowFilter: ;/],
  [
    'a filter for a source that has none',
    (contract) => {
      setCustom(contract, 'source', 'snowflake');
      setCustom(contract, 'rowFilter', "country = 'CH'");
    },
    /rowFilter: of a snowflake source/,
  ],
  [
    'hours between deletions without deletions',
    (contract) => {
      setCustom(contract, 'deletions', undefined);
      setCustom(contract, 'deletionsEveryHours', 24);
    },
    /deletionsEveryHours: without deletions/,
  ],
  ['no load mode', (contract) => setCustom(contract, 'loadMode', undefined), /customProperties\.loadMode: /],
  [
    'a load mode of another kind of source',
    (contract) => {
      setCustom(contract, 'loadMode', 'offsets');
      setCustom(contract, 'history', undefined);
    },
    /offsets of a postgres source/,
  ],
  ['a cursor without its sequence', (contract) => setCustom(contract, 'sequence', undefined), /cursor without a sequence/],
  [
    'a sequence that is no column',
    (contract) => setCustom(contract, 'sequence', 'changed_at'),
    /sequence: changed_at, which is not a column/,
  ],
  [
    'a sequence that may be null',
    (contract) => Object.assign(property(contract, 'updated_at'), { required: false }),
    /sequence: updated_at, a column that is not required/,
  ],
  [
    'a sequence of text',
    (contract) => Object.assign(property(contract, 'updated_at'), { logicalType: 'string', physicalType: 'text' }),
    /sequence: updated_at of type string, where a time or a whole number/,
  ],
  [
    'a sequence of fractions',
    (contract) => Object.assign(property(contract, 'updated_at'), { logicalType: 'number', physicalType: 'numeric(12, 2)' }),
    /sequence: updated_at of type decimal\(12,2\), where a time or a whole number/,
  ],
  [
    'versions by a number',
    (contract) => Object.assign(property(contract, 'updated_at'), { logicalType: 'integer', physicalType: 'bigint' }),
    /history: scd2 by the sequence updated_at of type bigint, which says no time/,
  ],
  [
    'a cursor without a lookback where the source does not show what is under way',
    (contract) => setCustom(contract, 'source', 'snowflake'),
    /lookbackSeconds: 0 of a snowflake source/,
  ],
  [
    'a number as a cursor where the source does not show what is under way',
    (contract) => {
      setCustom(contract, 'source', 'snowflake');
      setCustom(contract, 'lookbackSeconds', 600);
      setCustom(contract, 'history', undefined);
      Object.assign(property(contract, 'updated_at'), { logicalType: 'integer', physicalType: 'number(18, 0)' });
    },
    /sequence: updated_at of type .* of a snowflake source, which does not show how late a number/,
  ],
  ['an unknown unit of time', (contract) => setLevel(contract, 'freshness', 2, 'hours'), /slaProperties freshness: 2 hours/],
  ['a frequency of half a minute', (contract) => setLevel(contract, 'frequency', 0.5, 'm'), /slaProperties frequency: 0\.5 minutes/],
  ['a retention in hours', (contract) => setLevel(contract, 'retention', 5, 'h'), /slaProperties retention: 5 h/],
  [
    'a rule in SQL of another form',
    (contract) => Object.assign(contract.schema?.[0] ?? {}, { quality: [{ id: 'q', type: 'sql', query: 'SELECT 1', severity: 'warn' }] }),
    /q: query is not of the form/,
  ],
  [
    'invalidValues that say nothing',
    (contract) => Object.assign((property(contract, 'email').quality as object[])[0] ?? {}, { arguments: {} }),
    /users\.email\.pattern: invalidValues without/,
  ],
  [
    'a reference to a column that no contract has',
    (contract) => Object.assign(property(contract, 'city'), { relationships: [{ to: 'users.town' }] }),
    /relationships: to users\.town, which no contract has/,
  ],
  [
    'a history of rows that never change',
    (contract) => {
      setCustom(contract, 'loadMode', 'append');
      setCustom(contract, 'history', 'scd2');
    },
    /history: scd2 with loadMode: append/,
  ],
  ['changes that another kind of source tells', (contract) => tellOfChanges(contract, 'changes'), /changes of a postgres source/],
  [
    'a log and a sequence',
    (contract) => tellOfChanges(contract, 'log', 'sequence', 'updated_at'),
    /sequence: updated_at with loadMode: log/,
  ],
  ['a log and a lookback', (contract) => tellOfChanges(contract, 'log', 'lookbackSeconds', 60), /lookbackSeconds: 60 with loadMode: log/],
  ['a log and deletions by absence', (contract) => tellOfChanges(contract, 'log', 'deletions', true), /deletions: true with loadMode: log/],
  [
    'a column that a log lands beside the table',
    (contract) => {
      tellOfChanges(contract, 'log');
      Object.assign(property(contract, 'city'), { name: '_operation' });
    },
    /a column _operation, which loadMode: log has beside/,
  ],
  [
    'two columns whose names differ in case alone',
    (contract) => Object.assign(property(contract, 'state'), { name: 'City' }),
    /a column City: city is the same but for its case; keep the source's name as its physicalName/,
  ],
  [
    'a name that no Delta table can have',
    (contract) => Object.assign(property(contract, 'state'), { name: 'the state' }),
    /a column the state: /,
  ],
  [
    'a name that Silver has taken',
    (contract) => Object.assign(property(contract, 'state'), { name: 'valid_to' }),
    /valid_to: the lake has one/,
  ],
  [
    'fractions of a second where there is no time',
    (contract) => Object.assign(property(contract, 'city'), { customProperties: [{ property: 'fractionalSecondsPrecision', value: 6 }] }),
    /fractionalSecondsPrecision of city, which is of type string/,
  ],
  [
    'nanoseconds, which Silver has not',
    (contract) =>
      Object.assign(property(contract, 'updated_at'), { customProperties: [{ property: 'fractionalSecondsPrecision', value: 9 }] }),
    /columns\.\d+\.fractionalSecondsPrecision/,
  ],
  ['a threshold of no dimension', (contract) => setCustom(contract, 'quality', { beauty: 50 }), /customProperties\.quality/],
  ['another name than its file', (contract) => Object.assign(contract, { name: 'user' }), /name: user, which is not the file's name/],
  ['no columns', (contract) => Object.assign(contract.schema?.[0] ?? {}, { properties: [] }), /schema\.0\.properties: /],
];

describe('a mistake is ContractInvalid, with the file, the place in it and what to do', () => {
  test.each(MISTAKES)('%s', (_mistake, change, place) => {
    const file = write('postgres/users.yaml', change);
    const error = refusal();
    expect(error).toMatchObject({
      code: 'ContractInvalid',
      retry: 'never',
      found: expect.stringMatching(place),
      expected: expect.stringContaining(file),
    });
    expect(error?.remedy).toContain('contracts/postgres/users.yaml');
  });

  test('YAML that cannot be read', () => {
    const file = write('postgres/users.yaml');
    writeFileSync(file, 'schema: [\n  - {name: x');
    expect(refusal()).toMatchObject({
      code: 'ContractInvalid',
      expected: expect.stringContaining(file),
      found: expect.stringMatching(/line 2/),
    });
  });

  test('two contracts of one dataset', () => {
    write('postgres/users.yaml');
    const second = write('snowflake/users.yaml', (contract) => setCustom(contract, 'source', 'snowflake'));
    expect(refusal()).toMatchObject({
      code: 'ContractInvalid',
      expected: expect.stringContaining(second),
      found: expect.stringContaining('another folder has too'),
    });
  });
});

test('what is no contract does not count: other files, and files beside the folders', () => {
  write('postgres/users.yaml');
  writeFileSync(join(folder, 'README.md'), 'contracts');
  writeFileSync(join(folder, 'postgres', 'notes.txt'), 'notes');
  expect(Object.keys(compileContracts(folder).datasets)).toEqual(['users']);
});

function refusal(): ContractInvalid | undefined {
  try {
    compileContracts(folder);
    return undefined;
  } catch (error) {
    return error as ContractInvalid;
  }
}

test('an order of rows is kept by column, and refused without its reason, for no column, or where nothing is left of it', () => {
  const withOrder = (value: unknown, description?: string) => (contract: Yaml) => {
    const property = { property: 'zOrder', value, ...(description === undefined ? {} : { description }) };
    const others = (contract.customProperties as Yaml[]).filter((each) => (each.property as unknown as string) !== 'zOrder');
    Object.assign(contract, { customProperties: [...others, property] });
  };
  write('postgres/users.yaml', withOrder(['country', 'user_id'], 'Read by country'));
  expect(users()?.zOrder).toEqual(['country', 'user_id']);
  for (const [value, description, found] of [
    [['country'], undefined, 'zOrder without a description'],
    [['shoe_size'], 'why', 'shoe_size, which is not a column'],
    [['user_id', 'city', 'state', 'country'], 'why', 'zOrder'],
  ] as const) {
    write('postgres/users.yaml', withOrder(value, description));
    expect(() => users()).toThrow(found);
  }
});

const ofTopic = (contract: Yaml, mode: string, name?: string, value?: unknown) => {
  setCustom(contract, 'source', 'kafka');
  tellOfChanges(contract, mode, name, value);
};

test('what only a topic has is kept for one, and refused for a table; a format that is not read is refused by its name', () => {
  const topic = (name: string, value?: string) => (contract: Yaml) => ofTopic(contract, 'offsets', name, value);
  write('kafka/users.yaml', topic('valueFormat'));
  expect(users()).not.toHaveProperty('valueFormat');
  expect(users()?.load).not.toHaveProperty('lostOffsets');
  for (const valueFormat of ['json', 'confluent-json', 'confluent-avro']) {
    write('kafka/users.yaml', topic('valueFormat', valueFormat));
    expect(users()?.valueFormat).toBe(valueFormat);
  }
  write('kafka/users.yaml', topic('lostOffsets', 'accept'));
  expect(users()?.load.lostOffsets).toBe('accept');
  write('kafka/users.yaml', topic('valueFormat', 'avro'));
  expect(refusal()?.message).toContain('valueFormat');
  rmSync(join(folder, 'kafka'), { recursive: true });
  for (const [name, value] of [
    ['valueFormat', 'confluent-json'],
    ['valueFormat', 'confluent-avro'],
    ['lostOffsets', 'accept'],
  ] as const) {
    write('postgres/users.yaml', (contract) => setCustom(contract, name, value));
    expect(refusal()?.message).toContain(`${name}: ${value} with loadMode: cursor`);
  }
});

test('a compacted topic is a table: it needs a key, has an order of its own and keeps no history', () => {
  write('kafka/users.yaml', (contract) => ofTopic(contract, 'compacted', 'valueFormat', 'confluent-json'));
  expect(users()).toMatchObject({ source: 'kafka', key: ['user_id'], load: { mode: 'compacted' }, valueFormat: 'confluent-json' });
  for (const [name, value] of [
    ['history', 'scd2'],
    ['sequence', 'updated_at'],
    ['lookbackSeconds', 60],
    ['deletions', true],
    ['lostOffsets', 'accept'],
  ] as const) {
    write('kafka/users.yaml', (contract) => ofTopic(contract, 'compacted', name, value));
    expect(refusal()?.message).toContain(`${name}: ${value} with loadMode: compacted`);
  }
  write('kafka/users.yaml', (contract) => {
    ofTopic(contract, 'compacted');
    Object.assign(property(contract, 'user_id'), { primaryKey: undefined, primaryKeyPosition: undefined });
  });
  expect(refusal()?.message).toContain('loadMode: compacted without a primaryKey');
  rmSync(join(folder, 'kafka'), { recursive: true });
  write('postgres/users.yaml', (contract) => tellOfChanges(contract, 'compacted'));
  expect(refusal()?.message).toContain('compacted of a postgres source');
});
