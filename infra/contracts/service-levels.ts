/** What a contract promises of time: how often the dataset is loaded, how old it may be, how long it is kept. */
import { Rate } from '../../config/rate.ts';
import { invalid, type Odcs } from './odcs.ts';

export interface ServiceLevels {
  /** An EventBridge Scheduler rate. */
  cadence: string;
  freshnessHours: number;
  /** An ISO 8601 period. */
  retention: string;
}

const MINUTES: Record<string, number> = { m: 1, h: 60, d: 24 * 60, y: 365 * 24 * 60 };

/** Of slaProperties frequency, freshness and retention; others are for people. @throws ContractInvalid. */
export function serviceLevels(file: string, odcs: Odcs): ServiceLevels {
  return {
    cadence: cadence(file, odcs),
    freshnessHours: minutes(file, odcs, 'freshness', { value: 2, unit: 'h' }) / 60,
    retention: retention(file, odcs),
  };
}

function cadence(file: string, odcs: Odcs): string {
  const count = minutes(file, odcs, 'frequency', { value: 1, unit: 'h' });
  const [many, unit] = count % 60 === 0 ? [count / 60, 'hour'] : [count, 'minute'];
  const rate = `rate(${many} ${unit}${many === 1 ? '' : 's'})`;
  if (Rate.safeParse(rate).success) return rate;
  throw invalid(file, `slaProperties frequency: ${count} minutes, where whole minutes are needed`);
}

function retention(file: string, { slaProperties }: Odcs): string {
  const { value, unit = '' } = slaProperties.find(({ property }) => property === 'retention') ?? { value: 7, unit: 'y' };
  if (Number.isInteger(value) && Number(value) > 0 && ['d', 'y'].includes(unit)) return `P${value}${unit.toUpperCase()}`;
  throw invalid(file, `slaProperties retention: ${value} ${unit}, where a whole number of d or y is needed`);
}

interface Level {
  value: unknown;
  unit?: string | undefined;
}

function minutes(file: string, { slaProperties }: Odcs, name: string, otherwise: Level): number {
  const { value, unit = '' } = slaProperties.find(({ property }) => property === name) ?? otherwise;
  const each = MINUTES[unit];
  if (typeof value === 'number' && value > 0 && each !== undefined) return value * each;
  throw invalid(file, `slaProperties ${name}: ${value} ${unit}, where a number of ${Object.keys(MINUTES).join(', ')} is needed`);
}
