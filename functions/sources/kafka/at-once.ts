/** Takes what several generators give as it comes, a bounded number of them at work at a time. */

/**
 * At most `limit` generators are begun and not ended, and each is at most one item ahead of who takes them: that is all that is held.
 * The items of one generator keep their order. The first failure ends it; what the others were waiting for is of no interest then.
 */
export async function* atOnce<Item>(limit: number, generators: readonly AsyncGenerator<Item>[]): AsyncGenerator<Item> {
  const waiting = [...generators];
  const asked = new Map<AsyncGenerator<Item>, Promise<Answer<Item>>>();
  const ask = (from: AsyncGenerator<Item>) => asked.set(from, answerOf(from));
  for (const first of waiting.splice(0, limit)) ask(first);
  try {
    while (asked.size > 0) {
      const { from, result } = await Promise.race(asked.values());
      if (result.done) {
        asked.delete(from);
        const next = waiting.shift();
        if (next) ask(next);
        continue;
      }
      // Asked for the next one before this one is taken, so that it is on its way meanwhile.
      ask(from);
      yield result.value;
    }
  } finally {
    for (const answer of asked.values()) answer.catch(() => undefined);
  }
}

interface Answer<Item> {
  from: AsyncGenerator<Item>;
  result: IteratorResult<Item, unknown>;
}

const answerOf = async <Item>(from: AsyncGenerator<Item>): Promise<Answer<Item>> => ({ from, result: await from.next() });
