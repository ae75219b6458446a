import { describe, expect, test } from '@jest/globals';
import * as errors from '../../functions/errors.ts';

const { PipelineError } = errors;
const classes = Object.entries(errors).filter(([name]) => name !== 'PipelineError') as [string, typeof errors.InputInvalid][];

test('there are as many names as classes, so that no failure is taken for another', () => {
  expect(classes.length).toBeGreaterThan(30);
  expect(new Set(classes.map(([, { code }]) => code)).size).toBe(classes.length);
});

describe.each(classes)('%s', (name, Named) => {
  const cause = new Error('from the driver');
  const failure = { dataset: 'users', expected: 'this', found: 'that', remedy: 'do so', cause };

  test('is called by its code, which bundling cannot rename', () => {
    expect(Named.code).toBe(name);
    expect(new Named(failure)).toMatchObject({ name, code: name, retry: Named.retry });
    expect(['never', 'backoff']).toContain(Named.retry);
  });

  test('says of which dataset, what was expected, what was found and what to do, and keeps its cause', () => {
    const error = new Named(failure);
    expect(error).toBeInstanceOf(PipelineError);
    expect(error.message).toBe('users: expected this; found that. To mend it: do so');
    expect(error).toMatchObject(failure);
  });
});

test('a failure that is no dataset’s does not begin with one', () => {
  expect(new errors.InputInvalid({ expected: 'a', found: 'b', remedy: 'c' }).message).toBe('expected a; found b. To mend it: c');
});
