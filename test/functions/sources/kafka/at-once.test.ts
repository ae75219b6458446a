import { expect, test } from '@jest/globals';
import { atOnce } from '../../../../functions/sources/kafka/at-once.ts';

/** Generators that note what they are asked for; each answers when the test lets it. */
function noting(sizes: number[]) {
  const asked: string[] = [];
  const generators = sizes.map(async function* (size, of) {
    for (let at = 0; at < size; at += 1) {
      asked.push(`${of}:${at}`);
      yield `${of}:${at}`;
    }
  });
  return { asked, generators };
}

test('each generator gives all it has, in its own order, however many there are', async () => {
  const { generators } = noting([3, 0, 5, 1, 2]);
  const taken: string[] = [];
  for await (const item of atOnce(2, generators)) taken.push(item);
  expect(taken.toSorted()).toEqual(['0:0', '0:1', '0:2', '2:0', '2:1', '2:2', '2:3', '2:4', '3:0', '4:0', '4:1']);
  const ofGenerator = (number: number) => taken.filter((item) => item.startsWith(`${number}:`));
  for (const number of [0, 2, 4]) expect(ofGenerator(number)).toEqual(ofGenerator(number).toSorted());
});

test('no more than the limit are begun, and none is more than one item ahead of who takes them', async () => {
  const { asked, generators } = noting([9, 9, 9]);
  const merged = atOnce(2, generators);
  await merged.next();
  expect(asked.toSorted()).toEqual(['0:0', '0:1', '1:0']);
  await merged.next();
  expect(asked).toHaveLength(4);
  expect(asked).not.toContain('2:0');
});

test('a failure of one ends all, and what the others wait for fails nothing later', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  async function* failing() {
    yield 'first';
    throw new Error('cut');
  }
  async function* waiting() {
    yield await promise;
  }
  const merged = atOnce(2, [waiting(), failing()]);
  expect((await merged.next()).value).toBe('first');
  await expect(merged.next()).rejects.toThrow('cut');
  reject(new Error('nobody asks any more'));
});
