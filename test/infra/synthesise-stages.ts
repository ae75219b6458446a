/** Synthesises every stage, as infra/app.ts does one, into a folder each of the folder that is its argument. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from '../../config/settings.ts';
import { FEATURE_FLAGS, pipelineStacks } from '../../infra/pipeline-stacks.ts';

const [folder = ''] = process.argv.slice(2);
const elsewhere = { account: '111122223333', region: 'eu-central-1' };
for (const stage of ['local', 'dev', 'prod']) {
  const app = new App({ context: FEATURE_FLAGS, outdir: join(folder, stage) });
  await pipelineStacks(app, readSettings(stage, stage === 'local' ? {} : elsewhere));
  app.synth();
}
