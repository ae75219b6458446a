/** What does the work: the functions with the compiled contracts that they read, and the roles that clusters and steps run as. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, Stack, Stage } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { SERVICE } from '../../config/metrics.ts';
import { byKind, SOURCES } from '../../config/sources.ts';
import type { Bundles } from '../bundle-functions.ts';
import { EmrRoles } from '../constructs/emr-roles.ts';
import { PipelineFunction } from '../constructs/pipeline-function.ts';
import { duckdbLayer, platformOf } from '../duckdb-layer.ts';
import { FUNCTIONS, type FunctionFolder } from '../functions.ts';
import { Rights } from '../rights.ts';
import type { StageProps } from '../stage-props.ts';
import type { NetworkStack } from './network.ts';

export interface ProcessingProps extends StageProps {
  key: IKey;
  network: NetworkStack;
  bundles: Bundles;
}

export class ProcessingStack extends Stack {
  private readonly props: ProcessingProps;

  constructor(scope: Construct, id: string, props: ProcessingProps) {
    super(scope, id, props);
    this.props = props;
    const { names, settings, key, network, bundles } = props;
    const rights = new Rights(names, settings, key.keyArn);
    const environment = { ...this.environmentOfFunctions(), CONTRACTS_URL: this.contracts().s3ObjectUrl };
    const duckdb = this.duckdb();
    const deadLetters = Queue.fromQueueArn(this, 'DeadLetters', names.deadLetters.arn);
    for (const folder of Object.keys(FUNCTIONS) as FunctionFolder[]) {
      new PipelineFunction(this, folder, {
        folder,
        spec: FUNCTIONS[folder],
        code: bundles[folder],
        environment,
        rights,
        network,
        duckdb,
        deadLetters,
        logRetention: settings.logs.retentionDays,
      });
    }
    new EmrRoles(this, 'Emr', { names, rights, keyArn: key.keyArn });
  }

  /** What `functions/environment.ts` expects. */
  private environmentOfFunctions(): Record<string, string> {
    const { names, settings } = this.props;
    const { concurrency, postgres, rerun, maintenance } = settings;
    return {
      ETL_STAGE: settings.stage,
      LEDGER_TABLE: names.tables.ledger,
      LAKE_BUCKET: names.buckets.lake,
      LANDING_BUCKETS: JSON.stringify(byKind((kind) => names.buckets[SOURCES[kind].bucket])),
      RECEIPTS_BUCKET: names.buckets.receipts,
      TOPIC_ARN: names.topic.arn,
      STATE_MACHINE_ARN: names.machines.pipeline.arn,
      SETTINGS: JSON.stringify({ concurrency, rerun, maintenance }),
      POSTGRES_SETTINGS: JSON.stringify(postgres),
      POWERTOOLS_SERVICE_NAME: SERVICE,
    };
  }

  private contracts(): Asset {
    const outdir = Stage.of(this)?.outdir ?? '';
    mkdirSync(outdir, { recursive: true });
    const path = join(outdir, 'contracts.json');
    writeFileSync(path, JSON.stringify(this.props.contracts));
    return new Asset(this, 'Contracts', { path });
  }

  private duckdb(): LayerVersion {
    const { folder, hash } = duckdbLayer(this.props.root, platformOf(this.props.settings.stage));
    return new LayerVersion(this, 'DuckDb', {
      layerVersionName: 'etl-duckdb',
      description: "DuckDB's library for the function that writes Parquet",
      code: Code.fromAsset(folder, { assetHashType: AssetHashType.CUSTOM, assetHash: hash }),
      compatibleArchitectures: [Architecture.X86_64],
    });
  }
}
