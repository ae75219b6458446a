import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, test } from '@jest/globals';
import { stepFunctions } from '../../../functions/aws/step-functions.ts';
import { turnOf } from '../../../functions/count-rerun/turn.ts';
import { createMachine, executionEnded, stopExecution } from '../executions.ts';

const WAITS = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } } };

test('of reruns that alarms start at once the first works, one waits, the others leave; when the first has ended the next one works', async () => {
  const machine = await createMachine('turns', WAITS);
  const begun: string[] = [];
  for (let each = 0; each < 4; each++) {
    const { executionArn = '' } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn: machine }));
    begun.push(executionArn);
  }
  const turns = async (of: string[]) => (await Promise.all(of.map((execution) => turnOf(stepFunctions, execution)))).sort();
  expect(await turns(begun)).toEqual(['leave', 'leave', 'wait', 'work']);

  const first = await firstOf(begun);
  await stopExecution(first);
  await executionEnded(first);
  expect(await turns(begun.filter((each) => each !== first))).toEqual(['leave', 'wait', 'work']);
});

async function firstOf(executions: string[]): Promise<string> {
  for (const each of executions) if ((await turnOf(stepFunctions, each)) === 'work') return each;
  throw new Error('expected one whose turn it is; found none');
}

test('one that the list does not show yet comes after those that it shows', async () => {
  const machine = await createMachine('unlisted', WAITS);
  const unlisted = `${machine.replace(':stateMachine:', ':execution:')}:not-yet`;
  expect(await turnOf(stepFunctions, unlisted)).toBe('work');
  await stepFunctions.send(new StartExecutionCommand({ stateMachineArn: machine }));
  expect(await turnOf(stepFunctions, unlisted)).toBe('wait');
});
