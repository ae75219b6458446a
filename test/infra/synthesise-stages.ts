/** Synthesises every stage, as infra/app.ts does one, and prod on the older line of EMR, into a folder each of the folder that is its argument. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings, type Settings } from '../../config/settings.ts';
import { FEATURE_FLAGS, pipelineStacks } from '../../infra/pipeline-stacks.ts';

const [folder = ''] = process.argv.slice(2);
const elsewhere = { account: '111122223333', region: 'eu-central-1' };
const prod = readSettings('prod', elsewhere);
const apps: Record<string, Settings> = {
  local: readSettings('local'),
  dev: readSettings('dev', elsewhere),
  prod,
  'prod-on-emr-6': { ...prod, emr: { ...prod.emr, releaseLabel: 'emr-6.15.0' } },
};
for (const [name, settings] of Object.entries(apps)) {
  const app = new App({ context: FEATURE_FLAGS, outdir: join(folder, name) });
  await pipelineStacks(app, settings);
  app.synth();
}
