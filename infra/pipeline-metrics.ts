/** The metrics of `config/metrics.ts`, and AWS's own about the machines and the queue, as alarms and the dashboard ask for them. */
import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type Metric as ListedMetric, METRICS_NAMESPACE } from '../config/metrics.ts';
import type { Names } from '../config/names.ts';

const FIVE_MINUTES = Duration.minutes(5);

/** CloudWatch finds a value only under exactly the dimensions that it was published with: those of the list and no others. */
export function listed<M extends ListedMetric>(
  { name, dimensions: names }: M,
  dimensions: Record<M['dimensions'][number], string>,
  options: MetricOptions = {},
): Metric {
  const given: Record<string, string> = dimensions;
  const dimensionsMap = Object.fromEntries(names.map((dimension) => [dimension, given[dimension] ?? '']));
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap,
    period: FIVE_MINUTES,
    ...options,
  });
}

export function executions({ arn }: { arn: string }, ended: 'Started' | 'Succeeded' | 'Failed' | 'TimedOut' | 'Aborted'): Metric {
  const dimensionsMap = { StateMachineArn: arn };
  return new Metric({
    namespace: 'AWS/States',
    metricName: `Executions${ended}`,
    dimensionsMap,
    statistic: 'Sum',
    period: FIVE_MINUTES,
  });
}

export function deadLettersMetric({ deadLetters }: Names): Metric {
  return new Metric({
    namespace: 'AWS/SQS',
    metricName: 'ApproximateNumberOfMessagesVisible',
    dimensionsMap: { QueueName: deadLetters.name },
    statistic: 'Maximum',
    period: FIVE_MINUTES,
  });
}
