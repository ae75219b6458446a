/** The benchmark's medians as docs/benchmarks.md shows them. */
import { availableParallelism } from 'node:os';
import { FLOOR } from './readers.ts';
import type { Taken } from './taken.ts';

/** Seconds of the clock; of the reader, the server and S3 those of the processor. */
export interface Measured extends Taken {
  table: string;
  reader: string;
  seconds: number;
  serverCpu: number;
  s3Cpu: number;
}

export function markdown(measured: Measured[]): string {
  const lines = [
    `${availableParallelism()} cores, Node ${process.versions.node}`,
    '',
    '| table | reader | seconds | times COPY | CPU s per million rows: reader | server | S3 | peak MB of one process |',
    '|---|---|---|---|---|---|---|---|',
  ];
  const groups = Map.groupBy(measured, ({ table, rows, reader }) => `${table}|${rows}|${reader}`);
  for (const each of groups.values()) {
    const [{ table, reader, rows }] = each as [Measured];
    const floor = median((groups.get(`${table}|${rows}|${FLOOR}`) ?? []).map(({ seconds }) => seconds));
    const per = (of: (one: Measured) => number, digits = 1) => ((median(each.map(of)) / rows) * 1e6).toFixed(digits);
    const seconds = median(each.map((one) => one.seconds));
    lines.push(
      `| ${table}, ${rows / 1e6}M rows | ${reader} | ${seconds.toFixed(1)} | ${(seconds / floor).toFixed(2)} | ${per((one) => one.cpuSeconds)} | ${per((one) => one.serverCpu)} | ${per((one) => one.s3Cpu, 2)} | ${Math.max(...each.map(({ megabytes }) => megabytes))} |`,
    );
  }
  return lines.join('\n');
}

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
