/** What reads a topic in the benchmark: the pipeline, in one process and in two, and the consumer perf test of Kafka. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, type Environment } from '../../../../local/environment.ts';
import { chooseJava } from '../../../../local/setup/find-java.mjs';
import { bundled } from '../../bundled.ts';
import { pipelineEnvironment } from '../pipeline-environment.ts';
import type { Taken } from '../taken.ts';

const run = promisify(execFile);
const BUCKET = 'bench-kafka';

/** `fetching`: the seconds that the reader says it has fetched. */
export interface TopicTaken extends Taken {
  fetching?: number;
}

export interface TopicReader {
  name: string;
  read(round: number): Promise<TopicTaken>;
}

export async function topicReaders({ kafka, aws }: Environment, topic: string, events: number, folder: string): Promise<TopicReader[]> {
  if (!kafka || !aws) return [];
  const env = await pipelineEnvironment(aws, BUCKET, folder, { 'etl/kafka': kafka.secret });
  const script = await bundled(join(import.meta.dirname, 'topic-pipeline.ts'));
  const pipeline = (processes: number): TopicReader => ({
    name: `the pipeline, ${processes} ${processes === 1 ? 'chunk' : 'chunks'} at once`,
    read: async (round) => {
      const { stdout } = await run(process.execPath, [script, topic, String(events), String(processes)], {
        env: { ...env, BENCH_ROUND: `${processes}-${round}` },
      });
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Taken;
    },
  });
  return [await perfTest(kafka, topic, events, folder), pipeline(2), pipeline(1)];
}

async function perfTest(
  { brokers, secret, admin }: NonNullable<Environment['kafka']>,
  topic: string,
  events: number,
  folder: string,
): Promise<TopicReader> {
  const authority = join(folder, 'ca.pem');
  writeFileSync(authority, secret.ca);
  const config = join(folder, 'consumer.properties');
  const login = `username="${admin.username}" password="${admin.password}"`;
  const settings = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required ${login};`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(config, lines.join(''), { mode: 0o600 });
  const classPath = ['jars-bench-extract/bench-extract', 'jars/kafka'].map((jars) => join(checkout, '.etl', jars, '*')).join(':');
  const options = ['--bootstrap-server', brokers.join(), '--topic', topic, '--messages', String(events), '--consumer.config', config];
  const java = [await chooseJava(), '-Xmx512m', '-cp', classPath, 'org.apache.kafka.tools.ConsumerPerformance', ...options];
  return {
    name: "Kafka's consumer perf test",
    read: async (round) => {
      // The shell says last what its children have taken of the processor.
      const script = '"$@"; times';
      const { stdout } = await run('sh', ['-c', script, 'sh', ...java, '--group', `perf-${round}`]);
      return reportOf(stdout);
    },
  };
}

/** The perf test's header and its one line of numbers, then two lines of `times`: the shell's own, and its children's. */
function reportOf(stdout: string): TopicTaken {
  const lines = stdout.trim().split('\n');
  const at = lines.findIndex((line) => line.startsWith('start.time'));
  const names = (lines[at] ?? '').split(', ');
  const values = (lines[at + 1] ?? '').split(', ');
  const value = (name: string) => Number(values[names.indexOf(name)]);
  const [user = 0, system = 0] = [...(lines.at(-1) ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  return {
    rows: value('data.consumed.in.nMsg'),
    fetching: value('fetch.time.ms') / 1000,
    cpuSeconds: user + system,
    megabytes: Number.NaN,
  };
}
