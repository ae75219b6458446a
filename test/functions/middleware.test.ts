import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { DatasetBusy } from '../../functions/errors.ts';
import { handlerOf, type Invocation, logger } from '../../functions/middleware.ts';

/** What a person would find in the log, as it is written. */
const logged: string[] = [];
beforeEach(() => {
  logged.length = 0;
  for (const level of ['info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(logger, level).mockImplementation((...words: unknown[]) => void logged.push(JSON.stringify(words)));
  }
});
afterEach(() => {
  jest.restoreAllMocks();
});

const context = (remaining = 900_000) =>
  ({ awsRequestId: 'id', functionName: 'etl-test', memoryLimitInMB: '128', getRemainingTimeInMillis: () => remaining }) as Context;
const Input = z.strictObject({ dataset: z.string(), note: z.string().optional() });
const work = jest.fn(async (input: z.infer<typeof Input>, _invocation: Invocation) => ({ did: input.dataset }));
const handler = handlerOf(Input, work);

test('an input that is as it should be reaches the work, and its answer the caller', async () => {
  expect(await handler({ dataset: 'users' }, context())).toEqual({ did: 'users' });
});

test.each([
  ['of another type', { dataset: 7 }, /dataset: /],
  ['with a key that nobody knows', { dataset: 'users', datset: 'x' }, /the input: .*"datset"/],
  ['that is none', null, /the input: /],
])('an input %s is InputInvalid, with the place, before any work', async (_what, input, place) => {
  work.mockClear();
  await expect(handler(input, context())).rejects.toMatchObject({
    name: 'InputInvalid',
    retry: 'never',
    found: expect.stringMatching(place),
  });
  expect(work).not.toHaveBeenCalled();
});

test('an error keeps its name on its way out, and is logged once, by name', async () => {
  const busy = new DatasetBusy({ dataset: 'users', expected: 'a', found: 'b', remedy: 'c' });
  work.mockRejectedValueOnce(busy);
  await expect(handler({ dataset: 'users' }, context())).rejects.toBe(busy);
  expect(logged).toEqual([JSON.stringify([busy.message, { error: 'DatasetBusy' }])]);
});

test('what an input holds beside its keys is not logged, even when it is refused', async () => {
  await handler({ dataset: 'users', note: 'a secret of somebody' }, context());
  await handler({ dataset: 'users', note: 7, more: 'a secret of somebody' }, context()).catch(() => undefined);
  expect(logged.join()).not.toContain('a secret of somebody');
});

test('work is told to stop a minute before the function is ended', async () => {
  const signals: AbortSignal[] = [];
  work.mockImplementation(async (input, { signal }) => {
    signals.push(signal);
    return { did: input.dataset };
  });
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  await handler({ dataset: 'users' }, context(900_000));
  await handler({ dataset: 'users' }, context(30_000));
  expect(timeout.mock.calls).toEqual([[840_000], [1_000]]);
  expect(signals).toEqual(timeout.mock.results.map(({ value }) => value));
});
