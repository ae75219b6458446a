/**
 * Kafka to Parquet on S3 by the pipeline, beside Kafka's own consumer perf test, which reads the same topic and keeps nothing: in turn, on
 * one machine. A line of JSON for each measurement as it comes, a table of medians in Markdown at the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEnvironment } from '../../../local/start-environment.ts';
import { fillTopic } from '../../fill-topic.ts';
import { processorTime } from '../processor-time.ts';
import { median } from '../report.ts';
import { type TopicTaken, topicReaders } from './topic-readers.ts';

const TOPIC = 'user_events';
const ROUNDS = 3;

/** `seconds`: from start to end of the reader's process. */
interface Measured extends TopicTaken {
  reader: string;
  seconds: number;
  brokerCpu: number;
  s3Cpu: number;
}

export async function benchKafka(events: number): Promise<void> {
  const { environment, end } = await startEnvironment(['kafka', 'aws']);
  const folder = mkdtempSync(join(tmpdir(), 'bench-kafka-'));
  try {
    if (!environment.kafka) throw new Error('expected Kafka in the environment; found none');
    await fillTopic({ ...environment.kafka.secret, ...environment.kafka.admin }, TOPIC, events);
    const readers = await topicReaders(environment, TOPIC, events, folder);
    const measured: Measured[] = [];
    // The first round warms up: files of the broker, code of the readers.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const { name, read } of readers) {
        const used = () => ({ broker: processorTime(environment, 'kafka'), s3: processorTime(environment, 'aws') });
        const before = used();
        const begun = performance.now();
        const taken = await read(round);
        const seconds = (performance.now() - begun) / 1000;
        const after = used();
        if (taken.rows !== events) throw new Error(`expected ${events} events of ${name}; found ${taken.rows}`);
        const one = { reader: name, seconds, ...taken, brokerCpu: after.broker - before.broker, s3Cpu: after.s3 - before.s3 };
        process.stdout.write(`${JSON.stringify({ round, ...one })}\n`);
        if (round > 0) measured.push(one);
      }
    }
    process.stdout.write(`\n${markdown(measured)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
    await end();
  }
}

function markdown(measured: Measured[]): string {
  const lines = [
    '| reader | seconds | of them fetching | events a second | CPU s per million events: reader | broker | S3 | peak MB of one process |',
    '|---|---|---|---|---|---|---|---|',
  ];
  for (const [reader, each] of Map.groupBy(measured, (one) => one.reader)) {
    const seconds = median(each.map((one) => one.seconds));
    const fetching = each[0]?.fetching === undefined ? '' : median(each.map((one) => one.fetching ?? 0)).toFixed(1);
    const rows = each[0]?.rows ?? 0;
    const megabytes = Math.max(...each.map((one) => one.megabytes));
    const per = (of: (one: Measured) => number) => ((median(each.map(of)) / rows) * 1e6).toFixed(1);
    lines.push(
      `| ${reader} | ${seconds.toFixed(1)} | ${fetching} | ${Math.round(rows / seconds)} | ${per((one) => one.cpuSeconds)} | ${per((one) => one.brokerCpu)} | ${per((one) => one.s3Cpu)} | ${Number.isNaN(megabytes) ? 'not measured' : megabytes} |`,
    );
  }
  return lines.join('\n');
}
