/** `etl schedule on|off`: whether the pipeline starts by itself, by its schedules and by the alarms that start a rerun. */
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { Argument, type Command } from 'commander';
import { openStage } from '../stage.ts';
import { commonOptions } from './options.ts';

export function addSchedule(program: Command): void {
  program
    .command('schedule')
    .description('start the pipeline by its schedules and alarms, or by hand only')
    .addArgument(new Argument('<state>').choices(['on', 'off']))
    .action(async (state: 'on' | 'off', _options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const { names } = await openStage(name);
      const schedules = await setSchedules(names.scheduleGroup, state === 'on' ? 'ENABLED' : 'DISABLED');
      const Name = names.rerunRule;
      await new EventBridgeClient({}).send(state === 'on' ? new EnableRuleCommand({ Name }) : new DisableRuleCommand({ Name }));
      output.result({ state, schedules, rules: [Name] }, () => {
        output.line(`Schedules ${state}: ${schedules.join(', ')}`);
        output.line(`Reruns by alarm ${state}: ${Name}`);
      });
    });
}

async function setSchedules(GroupName: string, State: 'ENABLED' | 'DISABLED'): Promise<string[]> {
  const client = new SchedulerClient({});
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName }));
  for (const { Name } of Schedules) {
    const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, Target, Description } = await client.send(
      new GetScheduleCommand({ GroupName, Name }),
    );
    // An update replaces the whole schedule, so all of it is said again.
    await client.send(
      new UpdateScheduleCommand({
        GroupName,
        Name,
        State,
        ScheduleExpression,
        ScheduleExpressionTimezone,
        FlexibleTimeWindow,
        Target,
        Description,
      }),
    );
  }
  return Schedules.flatMap(({ Name }) => Name ?? []);
}
