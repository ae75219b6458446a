/** What is said when Kafka no longer has what the pipeline would read next, or not in an order that is known: nothing is skipped without a person's word. */
import type { Contract } from '../../contract/contract.ts';
import { OffsetLost, PartitionsAdded, TopicRecreated } from '../../errors.ts';

type Named = Pick<Contract, 'dataset' | 'object'>;

export function belowStart(
  { dataset, object, load }: Named & Pick<Contract, 'load'>,
  partition: number,
  next: bigint,
  start: bigint,
): OffsetLost {
  // A table without them would lack rows and deletions for good.
  const without = load.mode === 'compacted' ? '' : 'to go on without them, recorded as lost, say lostOffsets: accept in the contract, or ';
  return new OffsetLost({
    dataset,
    expected: `offset ${next} of partition ${partition} of ${object}`,
    found: `${start} as the earliest kept: the ${start - next} offsets from ${next} to ${start - 1n} are gone`,
    remedy: `lengthen retention.ms of the topic or load it more often; ${without}load what is still there by {"mode": "full"}`,
  });
}

export function beyondEnd({ dataset, object }: Named, partition: number, next: bigint, end: bigint): OffsetLost {
  return new OffsetLost({
    dataset,
    expected: `a log of at least ${next} offsets in partition ${partition} of ${object}`,
    found: `${end} as its end: ${next - end} offsets that were there are gone`,
    remedy: 'find out whether the cluster lost data (an unclean election); then load the topic anew with {"mode": "full"}',
  });
}

export function recreated({ dataset, object }: Named, expected: string, found: string): TopicRecreated {
  return new TopicRecreated({
    dataset,
    expected: `the topic ${object} with the id ${expected}`,
    found,
    remedy: 'load the topic that is there now from its beginning with {"mode": "full"}',
  });
}

/** Of a compacted topic, whose offsets order the records of a key as long as the key stays in its partition. */
export function partitionsAdded({ dataset, object }: Named, before: number, now: number): PartitionsAdded {
  return new PartitionsAdded({
    dataset,
    expected: `the ${before} partitions of ${object} that were there when it was read first`,
    found: `${now}: keys go to other partitions since, and nothing says which of two records is the newer one`,
    remedy:
      'write the table into a new topic and name that in the contract; where keys have stayed in their partitions, load it anew with {"mode": "full"}',
  });
}
