/** What starts by itself: the schedules of the datasets' cadences, the schedule of `freshness`, and the two rules that answer events. */
import { Aws, Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function as LambdaFunctionReference } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ALARMS, functionName, type Names } from '../../config/names.ts';
import { scheduleGroups } from '../../config/schedules.ts';
import type { Settings } from '../../config/settings.ts';
import type { CompiledContracts } from '../../functions/contract/contract.ts';
import { grant } from '../grant.ts';
import type { Rights } from '../rights.ts';

export interface StartersProps {
  settings: Settings;
  names: Names;
  contracts: CompiledContracts;
  rights: Rights;
}

export class Starters extends Construct {
  private readonly settings: Settings;
  private readonly names: Names;
  private readonly rights: Rights;

  constructor(scope: Construct, id: string, { settings, names, contracts, rights }: StartersProps) {
    super(scope, id);
    this.settings = settings;
    this.names = names;
    this.rights = rights;
    this.schedules(contracts);
    const queue = Queue.fromQueueArn(this, 'DeadLetters', names.deadLetters.arn);
    this.cleanUpAfterRuns(queue);
    this.rerunOnAlarm(queue);
  }

  private schedules(contracts: CompiledContracts): void {
    const { settings, names, rights } = this;
    const role = new Role(this, 'Role', {
      roleName: names.roles.starter,
      description: 'EventBridge Scheduler: starts the pipeline, its maintenance and freshness',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
    });
    const freshness = functionName('freshness');
    grant(role, [
      ...[names.machines.pipeline, names.machines.maintain].map((each) => rights.startMachine(each)),
      rights.invoke(freshness),
      rights.deadLetter(),
      rights.key(),
    ]);
    const group = new CfnScheduleGroup(this, 'Group', { name: names.scheduleGroup });
    const schedule = (name: string, description: string, scheduleExpression: string, arn: string, input: object) =>
      new CfnSchedule(this, name, {
        name,
        description,
        groupName: group.ref,
        scheduleExpression,
        state: settings.automatic ? 'ENABLED' : 'DISABLED',
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn,
          roleArn: role.roleArn,
          input: JSON.stringify(input),
          // What cannot be started for an hour is the next turn's.
          retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
          deadLetterConfig: { arn: names.deadLetters.arn },
        },
      });
    for (const { name, cadence, datasets } of scheduleGroups(Object.values(contracts.datasets), settings)) {
      schedule(name, `Loads ${datasets.join(', ')}`, cadence, names.machines.pipeline.arn, { datasets });
    }
    schedule('etl-maintain-lake', 'Maintains every table', settings.maintenance.schedule, names.machines.maintain.arn, {});
    schedule('etl-freshness', 'Measures how old each dataset is', settings.freshnessCadence, rights.functionArn(freshness), {});
  }

  /** A run that failed, timed out or was stopped runs no state any more: what it left is ended and freed from outside. */
  private cleanUpAfterRuns(deadLetterQueue: IQueue): void {
    const { names, rights } = this;
    const { pipeline, maintain, verify } = names.machines;
    const cleanUp = LambdaFunctionReference.fromFunctionAttributes(this, 'CleanUp', {
      functionArn: rights.functionArn(functionName('clean-up')),
      sameEnvironment: true,
    });
    new Rule(this, 'RunEnded', {
      ruleName: 'etl-run-ended',
      description: 'A run of the pipeline, its maintenance or a verification failed, timed out or was stopped: clean up after it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [pipeline, maintain, verify].map(({ arn }) => arn), status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [new LambdaFunction(cleanUp, { deadLetterQueue, maxEventAge: Duration.hours(2), retryAttempts: 10 })],
    });
  }

  private rerunOnAlarm(deadLetterQueue: IQueue): void {
    const { names, settings } = this;
    const rerun = StateMachine.fromStateMachineArn(this, 'Rerun', names.machines.rerun.arn);
    new Rule(this, 'AlarmRaised', {
      ruleName: names.rerunRule,
      description: 'A run failed or a dataset is stale: start again what needs it',
      enabled: settings.automatic,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: ALARMS.mendedByRerun.map((prefix) => ({ prefix })), state: { value: ['ALARM'] } },
      },
      targets: [new SfnStateMachine(rerun, { input: ALARM_AS_INPUT, deadLetterQueue, maxEventAge: Duration.hours(2), retryAttempts: 10 })],
    });
  }
}

/** What the console then shows as the execution's input; the machine itself asks the ledger. */
const ALARM_AS_INPUT = RuleTargetInput.fromObject({
  alarm: EventField.fromPath('$.detail.alarmName'),
  state: EventField.fromPath('$.detail.state.value'),
  dimensions: EventField.fromPath('$.detail.configuration.metrics[0].metricStat.metric.dimensions'),
});
