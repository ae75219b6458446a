/** The CDK app: `ETL_STAGE` (or `-c stage=`) names the settings file; everything else follows from that. */
import { App } from 'aws-cdk-lib';
import { readSettings } from '../config/settings.ts';
import { FEATURE_FLAGS, pipelineStacks } from './pipeline-stacks.ts';

const app = new App({ context: FEATURE_FLAGS });
const stage: string = app.node.tryGetContext('stage') ?? process.env.ETL_STAGE ?? 'local';
const target = { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION };
await pipelineStacks(app, readSettings(stage, target));
app.synth();
