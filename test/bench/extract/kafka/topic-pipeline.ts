/** The pipeline as a reader of the benchmark's topic. Arguments: the topic, its events, and how many chunks at once. */
import { kafka } from '../../../../functions/sources/kafka/kafka.ts';
import { contract } from '../../../functions/contracts.ts';
import { readInProcesses } from '../pipeline-processes.ts';

const [topic = '', events = '0', processes = '2', ...own] = process.argv.slice(2);
/** The most that a chunk of the sample contracts holds, or an equal share where that is less. */
const chunkRows = Math.min(1_000_000, Math.ceil(Number(events) / Number(processes)));
await readInProcesses({
  source: kafka,
  contract: contract({ dataset: topic, source: 'kafka', object: topic, columns: { id: 'string' }, load: { mode: 'offsets', chunkRows } }),
  args: [topic, events, processes],
  processes: Number(processes),
  own,
});
