/** Decides the records of a topic for a step: its events in order, with the dirt that every topic has, and what becomes of each. */
import { type DatasetExpected, type Outcome, Tally } from './expected.ts';
import type { Scale } from './scale.ts';
import { broken, every, type Reference } from './table.ts';

export interface Event {
  /** Of the record: events of one key keep their order. */
  key: string;
  body: Record<string, unknown>;
  /** When the broker gets it, epoch milliseconds: a little after it happened, days after where it comes late. */
  sentAt: number;
  /** Ids of the quarantine rules that the body breaks, and of those that are only warned of. */
  faults: readonly string[];
  warnings: readonly string[];
  references: readonly Reference[];
  marks: readonly string[];
}

export interface Step {
  seed: number;
  scale: Scale;
  step: number;
}

export interface Topic {
  dataset: 'user_events' | 'order_events' | 'inventory_updates' | 'system_metrics';
  /** Whether the pipeline knows a record that comes twice; without a key each counts. */
  hasKey: boolean;
  /** The events that are new in a step, in the order in which they are sent. */
  events(step: Step): Iterable<Event>;
}

/** Of a topic that each change makes a twentieth longer: the new events by index, and the share of the step's time that each begins and takes. */
export function* growing(initial: number, step: number): Generator<{ index: number; share: number; width: number }> {
  const births = Math.floor(initial / 20);
  const first = step === 0 ? 0 : initial + births * (step - 1);
  const count = step === 0 ? initial : births;
  for (let nth = 0; nth < count; nth += 1) yield { index: first + nth, share: nth / count, width: 1 / count };
}

export interface SampleRecord {
  key: string;
  value: string;
  timestamp: number;
  headers: Record<string, string>;
  outcome: Outcome;
  rules: readonly string[];
  marks: readonly string[];
}

export function* records(topic: Topic, at: Step): Generator<SampleRecord> {
  let sent = 0;
  for (const event of topic.events(at)) {
    const position = sent++;
    if (every(400, 123, position)) {
      yield unparsable(topic, event, at);
      continue;
    }
    const record = recordOf(event, position, at);
    yield record;
    if (isSentTwice(event, position)) yield repeated(topic, record);
  }
  if (at.step > 0) yield* sentAgain(topic, at);
}

export function expectedOfTopic(topic: Topic, at: Step): DatasetExpected {
  const tally = new Tally();
  for (const { outcome, rules, marks } of records(topic, at)) tally.row(outcome, rules, marks);
  return tally.expected;
}

/** Judged by what the other tables hold at the step, which for an event that is sent again is not its own. */
function recordOf({ key, body, sentAt, faults, warnings, references, marks }: Event, position: number, at: Step): SampleRecord {
  return {
    key,
    value: JSON.stringify(body),
    timestamp: sentAt,
    headers: { producer: 'sample-data', trace: `trace-${position}` },
    outcome: faults.length > 0 ? 'quarantined' : 'inserted',
    rules: [...faults, ...warnings, ...broken(references, at.scale, at.step)],
    marks,
  };
}

/** A producer that was cut off while it wrote. */
function unparsable(topic: Topic, event: Event, at: Step): SampleRecord {
  const whole = recordOf(event, 0, at);
  return {
    ...whole,
    value: whole.value.slice(0, -7),
    outcome: 'quarantined',
    rules: [`${topic.dataset}.value.json`],
    marks: ['unparsable'],
  };
}

const isSentTwice = ({ faults }: Event, position: number) => faults.length === 0 && every(90, 40, position);

function repeated(topic: Topic, record: SampleRecord): SampleRecord {
  return { ...record, outcome: topic.hasKey ? 'superseded' : 'inserted', marks: [...record.marks, 'duplicate'] };
}

/** A producer that started again sends a few events of the fill once more. */
function* sentAgain(topic: Topic, at: Step): Generator<SampleRecord> {
  let position = 0;
  for (const event of topic.events({ ...at, step: 0 })) {
    const isAgain = every(300, (51 + 60 * at.step) % 300, position) && !every(400, 123, position);
    if (isAgain && event.faults.length === 0) yield repeated(topic, recordOf(event, position, at));
    position += 1;
  }
}
