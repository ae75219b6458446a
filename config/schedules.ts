/** Which datasets are loaded together: those whose contracts name the same cadence, as one schedule. */
import { minutesOf } from './rate.ts';
import type { Settings } from './settings.ts';

/** Starting a cluster takes minutes: below this, its nodes would never rest. */
const SHORTEST_CADENCE_WITH_TRANSIENT_CLUSTER = 30;

export interface ScheduleGroup {
  /** `etl-every-1-hour`. */
  name: string;
  cadence: string;
  datasets: string[];
}

/** @throws when a contract asks for a cadence that the stage's kind of cluster does not allow. */
export function scheduleGroups(contracts: { dataset: string; cadence: string }[], { emr }: Pick<Settings, 'emr'>): ScheduleGroup[] {
  const cadences = [...new Set(contracts.map(({ cadence }) => cadence))].sort((a, b) => minutesOf(a) - minutesOf(b));
  return cadences.map((cadence) => {
    const datasets = contracts.filter((contract) => contract.cadence === cadence).map(({ dataset }) => dataset);
    if (emr.mode === 'transient' && minutesOf(cadence) < SHORTEST_CADENCE_WITH_TRANSIENT_CLUSTER) throw tooOften(cadence, datasets);
    return { name: `etl-every-${cadence.replace(/^rate\(|\)$/g, '').replace(' ', '-')}`, cadence, datasets: datasets.sort() };
  });
}

function tooOften(cadence: string, datasets: string[]): Error {
  return new Error(
    `contracts of ${datasets.join(', ')}: expected a frequency of ${SHORTEST_CADENCE_WITH_TRANSIENT_CLUSTER} minutes or more, ` +
      `since a cluster is started for each run and its nodes would never rest; found ${cadence}. To mend it: change slaProperties frequency in the contract`,
  );
}
