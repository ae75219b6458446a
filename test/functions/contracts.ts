/** Contracts for tests: what a test does not say is as plain as it can be. */
import type { Contract } from '../../functions/contract/contract.ts';

interface Said extends Partial<Omit<Contract, 'columns' | 'load'>> {
  dataset: string;
  /** Names, with the physical type where it is not text. */
  columns: Record<string, string>;
  load?: Partial<Contract['load']>;
}

export function contract({ columns, load, ...said }: Said): Contract {
  return {
    version: '1.0.0',
    source: 'postgres',
    origin: 'the test',
    object: `public.${said.dataset}`,
    key: ['id'],
    schemaPolicy: 'evolve',
    columns: Object.entries(columns).map(([name, physicalType]) => ({
      name,
      type: 'string',
      physicalType,
      required: false,
      class: 'internal',
    })),
    rules: [],
    quality: {},
    partitioning: [],
    freshnessHours: 2,
    cadence: 'rate(1 hour)',
    retention: 'P7Y',
    owner: 'owner@example.com',
    support: 'support',
    ...said,
    load: {
      mode: 'cursor',
      sequence: 'updated_at',
      lookbackSeconds: 0,
      deletions: false,
      deletionsEveryHours: 0,
      maxDeleteShare: 0.2,
      chunkRows: 500_000,
      history: 'scd1',
      ...load,
    },
  };
}
