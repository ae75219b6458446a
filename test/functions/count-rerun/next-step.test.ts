import { expect, test } from '@jest/globals';
import { nextStep } from '../../../functions/count-rerun/next-step.ts';

const idle = (dataset: string) => ({ dataset, running: false });
const running = (dataset: string) => ({ dataset, running: true });
const allows =
  (...datasets: string[]) =>
  async (dataset: string) =>
    datasets.includes(dataset);

test('what failed is started, as far as its limit allows; the rest is told', async () => {
  expect(await nextStep([idle('a'), idle('b'), running('c')], allows('a', 'c'))).toEqual({
    next: 'run',
    datasets: ['a'],
    exhausted: ['b'],
  });
});

test('what a run works on is waited for, and is not counted', async () => {
  const counted: string[] = [];
  const mayRun = async (dataset: string) => {
    counted.push(dataset);
    return false;
  };
  expect(await nextStep([running('a'), idle('b')], mayRun)).toEqual({ next: 'wait', datasets: [], exhausted: ['b'] });
  expect(counted).toEqual(['b']);
});

test('when all that is left was started as often as it may be, a person is called', async () => {
  expect(await nextStep([idle('a')], allows())).toEqual({ next: 'exhausted', datasets: [], exhausted: ['a'] });
});

test('when nothing is left, all is mended', async () => {
  expect(await nextStep([], allows())).toEqual({ next: 'mended', datasets: [], exhausted: [] });
});
