/** The Glue tables of the lake, derived from the contracts: what Athena and other readers see. */
import { SOURCES } from '../../config/sources.ts';
import type { Contract, GoldContract } from '../contract/contract.ts';

export interface CatalogTable {
  database: 'silver' | 'gold' | 'quarantine';
  name: string;
  description: string;
  location: string;
  columns: { Name: string; Type: string; Comment?: string | undefined }[];
}

/** What Silver adds to a contract's columns. */
const SILVER_COLUMNS = [
  { Name: '_batch', Type: 'bigint', Comment: 'The batch that wrote the row last' },
  { Name: '_run', Type: 'string', Comment: 'The execution that did' },
  { Name: '_source', Type: 'string', Comment: 'The kind of source' },
  { Name: '_object', Type: 'string', Comment: 'The landed object that the row came from' },
  { Name: '_ingested_at', Type: 'timestamp', Comment: 'When the row was read into Bronze' },
  { Name: '_row_hash', Type: 'string', Comment: 'Hash of the raw row' },
  { Name: '_content_hash', Type: 'string', Comment: 'Hash of the typed row' },
  { Name: '_sequence', Type: 'bigint', Comment: 'Orders the versions of a key; microseconds for a timestamp' },
];
/** And where rows came as messages. */
const MESSAGE_COLUMNS = [
  { Name: '_sequence_partition', Type: 'int', Comment: 'The partition of the topic' },
  { Name: '_unknown_fields', Type: 'map<string,string>', Comment: 'What the message held beside the columns of the contract' },
];
/** And where every version of a key is kept. */
const VERSION_COLUMNS = [
  { Name: 'valid_from', Type: 'timestamp', Comment: 'When the version began to count' },
  { Name: 'valid_to', Type: 'timestamp', Comment: 'When it ceased to; null while it counts' },
  { Name: 'is_current', Type: 'boolean', Comment: 'It counts' },
  { Name: '_ended_by', Type: 'bigint', Comment: 'The sequence of what ended it' },
];

const QUARANTINE_COLUMNS = [
  { Name: '_batch', Type: 'bigint' },
  { Name: '_run', Type: 'string' },
  { Name: '_object', Type: 'string' },
  { Name: '_row_hash', Type: 'string' },
  { Name: '_ingested_at', Type: 'timestamp' },
  { Name: 'key', Type: 'string' },
  { Name: 'column', Type: 'string' },
  { Name: 'rule', Type: 'string' },
  { Name: 'masked_value', Type: 'string' },
  { Name: 'raw', Type: 'string' },
  {
    Name: '_closed_by',
    Type: 'bigint',
    Comment: 'The batch that took the row back, read it again, or found it gone; null while it is set aside',
  },
  { Name: '_closed_as', Type: 'string', Comment: 'taken back, read again, or gone' },
];

/** `added`: columns that the source has and the contract does not name, with their types. */
export function silverTable(
  lake: string,
  { dataset, origin, source, columns, load }: Contract,
  added: { readonly [name: string]: string } = {},
): CatalogTable {
  return {
    database: 'silver',
    name: dataset,
    description: `${dataset} from ${origin}`,
    location: `${lake}/silver/${dataset}`,
    columns: [
      ...columns.map(column),
      ...Object.entries(added).map(([Name, Type]) => ({ Name, Type, Comment: 'Of the source; not in the contract' })),
      ...SILVER_COLUMNS,
      ...(SOURCES[source].lands === 'messages' ? MESSAGE_COLUMNS : []),
      ...(load.history === 'scd2' ? VERSION_COLUMNS : []),
    ],
  };
}

export function quarantineTable(lake: string, { dataset }: Contract): CatalogTable {
  return {
    database: 'quarantine',
    name: dataset,
    description: `Rows of ${dataset} set aside by a rule`,
    location: `${lake}/quarantine/${dataset}`,
    columns: QUARANTINE_COLUMNS,
  };
}

export function goldTable(lake: string, { table, description, columns }: GoldContract): CatalogTable {
  return { database: 'gold', name: table, description, location: `${lake}/gold/${table}`, columns: columns.map(column) };
}

function column({
  name,
  type,
  description,
}: {
  name: string;
  type: string;
  description?: string | undefined;
}): CatalogTable['columns'][number] {
  return { Name: name, Type: type, Comment: description };
}
