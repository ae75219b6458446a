/** What a process has taken so far, for the benchmark. */
export interface Taken {
  rows: number;
  cpuSeconds: number;
  /** At its peak, resident. */
  megabytes: number;
}

export function taken(rows: number): Taken {
  const { user, system } = process.cpuUsage();
  return { rows, cpuSeconds: (user + system) / 1e6, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
}
