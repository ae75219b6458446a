/** Puts one Delta table into the Glue catalog, or brings the entry up to date; nothing is written when it is as it should be. */
import {
  CreateTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  type GlueClient,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import type { CatalogTable } from './catalog-tables.ts';

export async function publishTable(glue: GlueClient, table: CatalogTable): Promise<void> {
  const wanted = tableInput(table);
  const found = await existing(glue, table);
  if (found === undefined) {
    await glue.send(new CreateTableCommand({ DatabaseName: table.database, TableInput: wanted }));
  } else if (JSON.stringify(found) !== JSON.stringify(shapeOf(wanted))) {
    await glue.send(new UpdateTableCommand({ DatabaseName: table.database, TableInput: wanted }));
  }
}

/** The layout by which Athena knows a Delta table: the parameter `table_type`, and the table's root as location. */
function tableInput({ name, description, location, columns }: CatalogTable): TableInput {
  return {
    Name: name,
    Description: description,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE', table_type: 'DELTA', 'spark.sql.sources.provider': 'delta' },
    StorageDescriptor: {
      Location: location,
      Columns: columns,
      InputFormat: 'org.apache.hadoop.mapred.SequenceFileInputFormat',
      OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat',
      SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', Parameters: { path: location } },
    },
  };
}

async function existing(glue: GlueClient, { database, name }: CatalogTable): Promise<object | undefined> {
  try {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: name }));
    return Table && shapeOf(Table);
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}

/** What of a table is ours to keep up to date. */
function shapeOf({ Description, StorageDescriptor }: Pick<TableInput, 'Description' | 'StorageDescriptor'>): object {
  return {
    Description,
    Location: StorageDescriptor?.Location,
    Columns: StorageDescriptor?.Columns?.map(({ Name, Type, Comment }) => [Name, Type, Comment ?? null]),
  };
}
