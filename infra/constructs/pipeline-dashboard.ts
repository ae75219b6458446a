/** The dashboard: runs first, then a row a dataset, in the order of the contracts. */
import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type GraphWidgetProps, type IWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '../../config/metrics.ts';
import { SOURCE_KINDS } from '../../config/sources.ts';
import { type Contract, Dimension } from '../../functions/contract/contract.ts';
import { deadLettersMetric, executions, listed } from '../pipeline-metrics.ts';
import type { StageProps } from '../stage-props.ts';

const OUTCOMES = ['inserted', 'updated', 'unchanged', 'superseded', 'deleted', 'quarantined'] as const;

export class PipelineDashboard extends Construct {
  constructor(scope: Construct, id: string, { names, contracts }: Pick<StageProps, 'names' | 'contracts'>) {
    super(scope, id);
    const { pipeline, rerun } = names.machines;
    const ends = (['Started', 'Succeeded', 'Failed', 'TimedOut', 'Aborted'] as const).map((ended) => executions(pipeline, ended));
    const failedReruns = executions(rerun, 'Failed').with({ label: 'Reruns exhausted' });
    new Dashboard(this, 'Dashboard', {
      dashboardName: names.dashboard,
      defaultInterval: Duration.days(1),
      widgets: [
        [
          graph('Runs', { left: ends }),
          graph('Seconds a run', { left: [listed(METRICS.pipelineSeconds, {}, { statistic: 'Maximum' })] }),
          graph('Seconds a chunk', {
            left: SOURCE_KINDS.map((Source) => listed(METRICS.ingestionSeconds, { Source }, { statistic: 'Maximum', label: Source })),
          }),
          graph('For a person', { left: [deadLettersMetric(names), failedReruns] }),
        ],
        ...Object.values(contracts.datasets).flatMap((contract) => [[title(contract)], row(contract)]),
      ],
    });
  }
}

function title({ dataset, source, origin, owner }: Contract): IWidget {
  return new TextWidget({ markdown: `**${dataset}** from ${source} (${origin}), ${owner}`, width: 24, height: 1 });
}

function row({ dataset, freshnessHours }: Contract): IWidget[] {
  const of = { Dataset: dataset };
  return [
    graph('Age in seconds', {
      left: [listed(METRICS.freshness, of, { statistic: 'Maximum' })],
      leftAnnotations: [{ value: freshnessHours * 3600, label: `${freshnessHours} hours, by contract` }],
    }),
    graph('Rows by outcome', {
      left: OUTCOMES.map((Outcome) => listed(METRICS.records, { ...of, Outcome }, { statistic: 'Sum', label: Outcome })),
      stacked: true,
    }),
    graph('Quality in percent', {
      left: Dimension.options.map((Dimension) => listed(METRICS.quality, { ...of, Dimension }, { statistic: 'Minimum', label: Dimension })),
      leftYAxis: { min: 0, max: 100 },
    }),
    graph('Seconds to commit, failures', {
      left: [listed(METRICS.secondsToCommit, of, { statistic: 'Maximum' })],
      right: [listed(METRICS.errors, of, { statistic: 'Sum' })],
    }),
  ];
}

function graph(title: string, props: GraphWidgetProps): IWidget {
  return new GraphWidget({ title, width: 6, height: 5, ...props });
}
