/** Who is told what: alarms for a run, for each dataset's age and for dead letters, the topic they are told on, and the dashboard. */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { METRICS } from '../../config/metrics.ts';
import { ALARMS } from '../../config/names.ts';
import { minutesOf } from '../../config/rate.ts';
import { PipelineDashboard } from '../constructs/pipeline-dashboard.ts';
import { deadLettersMetric, executions, listed } from '../pipeline-metrics.ts';
import type { StageProps } from '../stage-props.ts';

/** Twice the 15 minutes of transaction.max.timeout.ms, which brokers end a transaction after. */
const HELD_SECONDS = 1800;

/** 10 GiB: a small part of what a production server has for its log, and hours of a busy one. */
const SLOT_BYTES = 10 * 1024 ** 3;

export interface ObservabilityProps extends StageProps {
  key: IKey;
}

export class ObservabilityStack extends Stack {
  private readonly props: ObservabilityProps;
  private readonly topic: Topic;

  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    this.props = props;
    this.topic = this.alerts();
    this.runAlarms();
    this.staleAlarms();
    this.heldBackAlarms();
    this.slotAlarms();
    this.heldAlarms();
    this.alarm(ALARMS.deadLetters, 'An event was not delivered or not handled; look at it in the queue etl-dead-letters', {
      metric: deadLettersMetric(props.names),
    });
    new PipelineDashboard(this, 'Dashboard', props);
  }

  private alerts(): Topic {
    const { names, settings, key } = this.props;
    const topic = new Topic(this, 'Alerts', { topicName: names.topic.name, displayName: 'ETL pipeline', masterKey: key, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    if (settings.alarms.email) topic.addSubscription(new EmailSubscription(settings.alarms.email));
    return topic;
  }

  /** A run that a person stopped is no failure. */
  private runAlarms(): void {
    const { pipeline, rerun, maintain } = this.props.names.machines;
    this.alarm(ALARMS.runFailed, 'A run of etl-pipeline failed, or failed in part', { metric: executions(pipeline, 'Failed') });
    this.alarm(ALARMS.runTimedOut, 'A run of etl-pipeline took longer than it may', { metric: executions(pipeline, 'TimedOut') });
    this.alarm(ALARMS.rerunExhausted, 'Reruns did not help: it is for a person now', { metric: executions(rerun, 'Failed') });
    this.alarm(ALARMS.maintenanceFailed, 'A run of maintain-lake failed: small files gather', { metric: executions(maintain, 'Failed') });
  }

  /** Three turns of `freshness` above the limit, or silent: one that came late is no alarm, and a pipeline that died is one. */
  private staleAlarms(): void {
    const { contracts, settings } = this.props;
    const period = Duration.minutes(minutesOf(settings.freshnessCadence));
    for (const { dataset, freshnessHours, owner } of Object.values(contracts.datasets)) {
      this.alarm(ALARMS.stale(dataset), `${dataset} is older than ${freshnessHours} hours, as its contract has it; its owner: ${owner}`, {
        metric: listed(METRICS.freshness, { Dataset: dataset }, { statistic: 'Maximum', period }),
        threshold: freshnessHours * 3600,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 3,
        treatMissingData: TreatMissingData.BREACHING,
      });
    }
  }

  /** Measured by each plan: between two of them it stays as it was. */
  private heldBackAlarms(): void {
    for (const { dataset, source, object } of Object.values(this.props.contracts.datasets)) {
      if (source !== 'kafka') continue;
      const held = `A transaction in the topic ${object} is open for longer than brokers allow a producer: what came after it is not read`;
      this.alarm(ALARMS.heldBack(dataset), held, {
        metric: listed(METRICS.stableOffsetHeldSeconds, { Dataset: dataset }, { statistic: 'Maximum' }),
        threshold: HELD_SECONDS,
        treatMissingData: TreatMissingData.IGNORE,
      });
    }
  }

  /** A slot that nobody reads fills the disk of the server that others work with, or is cut off there and must be begun anew. */
  private slotAlarms(): void {
    for (const { dataset, load } of Object.values(this.props.contracts.datasets)) {
      if (load.mode !== 'log') continue;
      this.alarm(ALARMS.slot(dataset), `PostgreSQL keeps much of its log for ${dataset}: run it, or see docs/reference/postgres-log.md`, {
        metric: listed(METRICS.slotBytes, { Dataset: dataset }, { statistic: 'Maximum', period: Duration.hours(1) }),
        threshold: SLOT_BYTES,
      });
    }
  }

  /** A source that is read on time and gives nothing new, since a transaction was left open, is stale all the same. */
  private heldAlarms(): void {
    for (const { dataset, source, load, freshnessHours } of Object.values(this.props.contracts.datasets)) {
      if (source !== 'postgres' || !['cursor', 'append'].includes(load.mode)) continue;
      this.alarm(ALARMS.watermarkHeld(dataset), `A transaction holds the watermark of ${dataset} back; the log of etl-plan has its pid`, {
        metric: listed(METRICS.watermarkHeld, { Dataset: dataset }, { statistic: 'Maximum' }),
        threshold: freshnessHours * 3600,
        treatMissingData: TreatMissingData.IGNORE,
      });
    }
  }

  private alarm(alarmName: string, alarmDescription: string, props: Partial<AlarmProps> & { metric: Metric }): void {
    const alarm = new Alarm(this, alarmName, {
      alarmName,
      alarmDescription,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
  }
}
