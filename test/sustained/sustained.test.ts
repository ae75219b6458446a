/**
 * `npm run test:sustained`: events come at a steady pace while the pipeline runs again and again, and it does not fall behind.
 * `SUSTAINED_MINUTES`: for so long instead of ten.
 */
import { expect, test } from '@jest/globals';
import { KafkaWatermark } from '../../functions/sources/kafka/watermark.ts';
import { etl } from '../end-to-end/etl.ts';
import { Lake } from '../end-to-end/lake.ts';
import { Oracle } from '../end-to-end/oracle.ts';
import { EVENT_ID_SQL, SteadyProducer, TOPIC } from './steady-producer.ts';

const A_SECOND = 5_000;
const MINUTES = Number(process.env.SUSTAINED_MINUTES ?? 10);
const MINUTE = 60_000;
/** Behind its clock by more than this, the producer did not send what the test's name says. */
const LATEST_MILLISECONDS = 10_000;

interface Load {
  /** Seconds from the first event to the run's begin, and what it took. */
  at: number;
  seconds: number;
  /** Events that were acknowledged when it began, that it planned up to, and that had been acknowledged when it ended. */
  begun: number;
  planned: number;
  ended: number;
  outcomes: Outcomes;
}

interface Outcomes {
  read: number;
  inserted: number;
}

test(
  `${A_SECOND} events a second for ${MINUTES} minutes: each is loaded once, and what a run leaves behind does not grow`,
  async () => {
    const lake = await Lake.open();
    try {
      await lake.load();
      const { kafka } = lake.stage.environment ?? {};
      if (!kafka) throw new Error('expected a broker in the environment; found none');
      const before = await committed(lake);
      const producer = new SteadyProducer(kafka, A_SECOND);
      const start = performance.now();
      const load = async (): Promise<Load> => {
        const begun = producer.sent;
        const from = performance.now();
        // As the schedule does: every dataset, and Gold.
        const { datasets } = await lake.load({});
        const { read = 0, inserted = 0 } = datasets.find(({ dataset }) => dataset === TOPIC) ?? {};
        const seconds = (performance.now() - from) / 1_000;
        const planned = (await committed(lake)) - before;
        const loaded = { at: (from - start) / 1_000, seconds, begun, planned, ended: producer.sent, outcomes: { read, inserted } };
        process.stdout.write(rowOf(loaded));
        return loaded;
      };
      let producing = true;
      const production = producer.sendFor(MINUTES * MINUTE).finally(() => {
        producing = false;
      });
      process.stdout.write(HEADER);
      const during: Load[] = [];
      while (producing) during.push(await load());
      await production;
      const last = await load();
      process.stdout.write(`\nThe producer was behind its clock by ${Math.round(producer.latestMilliseconds)} ms at most.\n`);

      expect(producer.sent).toBe(MINUTES * 60 * A_SECOND);
      const all = [...during, last].map(({ outcomes }) => outcomes);
      const sum = (of: keyof Outcomes) => all.reduce((total, each) => total + each[of], 0);
      expect({ read: sum('read'), inserted: sum('inserted') }).toEqual({ read: producer.sent, inserted: producer.sent });
      await expectEachOnce(lake, producer.sent);
      expect(await etl(['--json', 'receipts', 'verify'])).toMatchObject({ code: 0 });
      expect(producer.latestMilliseconds).toBeLessThan(LATEST_MILLISECONDS);
      for (const { begun, planned } of [...during, last]) expect(planned).toBeGreaterThanOrEqual(begun);
      expectNoGrowth(during.filter(({ ended }) => ended < producer.sent).map(lagOf));
    } finally {
      lake.close();
    }
  },
  (MINUTES + 30) * MINUTE,
);

const lagOf = ({ planned, ended }: Load) => ended - planned;

const HEADER = `
| run began, s | took, s | planned to | of them new | acknowledged at its end | behind |
|---|---|---|---|---|---|
`;

function rowOf(load: Load): string {
  const cells = [load.at.toFixed(0), load.seconds.toFixed(1), load.planned, load.outcomes.read, load.ended, lagOf(load)];
  return `| ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |\n`;
}

/**
 * What a run leaves behind is what came while it was at work, and that is what the next one has to load: lags settle where a run's events
 * are as many as come meanwhile, or they grow from run to run. The first third of the runs is for settling; of the last one the largest
 * lag may be a quarter above that of the middle one, which is less than what runs of one table differ by.
 */
function expectNoGrowth(lags: readonly number[]): void {
  const third = Math.floor(lags.length / 3);
  expect(third).toBeGreaterThan(0);
  expect(Math.max(...lags.slice(-third))).toBeLessThanOrEqual(1.25 * Math.max(...lags.slice(third, -third)));
}

/** Offsets that the ledger has, of all partitions. */
async function committed(lake: Lake): Promise<number> {
  const { watermark } = await lake.ledger.head(`DATASET#${TOPIC}`);
  const { offsets } = KafkaWatermark.parse(JSON.parse(watermark ?? ''));
  return Object.values(offsets).reduce((sum, offset) => sum + Number(offset), 0);
}

/** As the tables' logs and files tell it. */
async function expectEachOnce(lake: Lake, events: number): Promise<void> {
  const oracle = await Oracle.open();
  await oracle.run(`CREATE TABLE produced AS SELECT ${EVENT_ID_SQL} AS event_id FROM range(${events}) AS numbers(number)`);
  for (const [layer, table] of [
    ['silver', 'user_events'],
    ['gold', 'fact_user_events'],
  ] as const) {
    await oracle.loadParquet('found', await lake.copyFiles(await lake.deltaLog(layer, table)), 'event_id');
    await oracle.run("DELETE FROM found WHERE event_id NOT LIKE 'STEADY%'");
    expect({ table, difference: await oracle.difference('produced', 'found') }).toEqual({ table, difference: [] });
  }
}
