/** What puts the work in order and sets it off: a state machine a file of `statemachines/`, Spark's code that their steps run, schedules and rules. */
import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { avroJarOf, hasAvro } from '../avro-jar.ts';
import { Machine } from '../constructs/machine.ts';
import { SparkCode } from '../constructs/spark-code.ts';
import { Starters } from '../constructs/starters.ts';
import { Rights } from '../rights.ts';
import type { StageProps } from '../stage-props.ts';
import { machineFiles } from '../state-machine-file.ts';
import { substitutions } from '../substitutions.ts';
import type { NetworkStack } from './network.ts';

export interface OrchestrationProps extends StageProps {
  key: IKey;
  network: NetworkStack;
}

export class OrchestrationStack extends Stack {
  constructor(scope: Construct, id: string, props: OrchestrationProps) {
    super(scope, id, props);
    const { settings, names, contracts, root, key, network } = props;
    const rights = new Rights(names, settings, key.keyArn);
    const { addresses } = new SparkCode(this, 'Spark', root);
    const avroJar = hasAvro(contracts)
      ? new Asset(this, 'Avro', { path: avroJarOf(root, settings.emr.releaseLabel) }).s3ObjectUrl
      : undefined;
    const values = substitutions(settings, names, network, addresses, rights.role(names.roles.sparkStep), avroJar);
    for (const file of machineFiles(root)) {
      new Machine(this, file.name, { file, values, names, rights, logRetention: settings.logs.retentionDays });
    }
    new Starters(this, 'Starters', { settings, names, contracts, rights });
  }
}
