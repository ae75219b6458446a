/** How people ask Gold: one Athena workgroup that decides where results go, and the saved queries of `infra/queries/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StageProps } from '../stage-props.ts';

export class AnalyticsStack extends Stack {
  constructor(scope: Construct, id: string, { names, root, key, ...props }: StageProps & { key: IKey }) {
    super(scope, id, props);
    const workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: names.workgroup,
      description: 'Questions to Gold',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          // In the lake and not with the logs: results hold what Gold holds, and are encrypted and expire as it says there.
          outputLocation: `s3://${names.buckets.lake}/athena-results/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
    const folder = join(root, 'infra', 'queries');
    for (const file of readdirSync(folder).sort()) {
      const name = basename(file, '.sql');
      const queryString = readFileSync(join(folder, file), 'utf8');
      const description = /^-- (.+)/.exec(queryString)?.[1] ?? name;
      const query = new CfnNamedQuery(this, `Query-${name}`, {
        name,
        description,
        database: 'gold',
        queryString,
        workGroup: names.workgroup,
      });
      query.addResourceDependency(workgroup);
    }
  }
}
