/** The pipeline as a reader of the benchmark's tables. Arguments: the table, and how many chunks at once. */
import { postgres } from '../../../functions/sources/postgres/postgres.ts';
import { contract } from '../../functions/contracts.ts';
import { readInProcesses } from './pipeline-processes.ts';
import { TABLES } from './tables.ts';

const [name = '', processes = '2', ...own] = process.argv.slice(2);
const table = TABLES.find((each) => each.name === name);
if (!table) throw new Error(`expected a table of the benchmark; found ${name}`);
await readInProcesses({
  source: postgres,
  contract: contract({ dataset: name, columns: table.columns, schemaPolicy: 'discard' }),
  args: [name, processes],
  processes: Number(processes),
  own,
});
