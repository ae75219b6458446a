/** The credentials of each source: secrets that stand empty until `etl secrets set` fills them. */
import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { SOURCE_KINDS } from '../../config/sources.ts';
import { accept } from '../constructs/accept.ts';
import { afterDeletion, type StageProps } from '../stage-props.ts';

export class SourcesStack extends Stack {
  constructor(scope: Construct, id: string, { names, key, ...props }: StageProps & { key: IKey }) {
    super(scope, id, props);
    for (const kind of SOURCE_KINDS) {
      // Without a value of its own: the L2 construct would generate a password that no source knows.
      const secret = new CfnSecret(this, `Secret-${kind}`, {
        name: names.secrets[kind],
        description: `Credentials of the ${kind} source; set with: npx etl secrets set ${kind}`,
        kmsKeyId: key.keyArn,
      });
      secret.applyRemovalPolicy(afterDeletion(props.settings));
      accept(secret, {
        'AwsSolutions-SMG4': 'The source owns these credentials: they are rotated there, then set here, and read anew for each chunk.',
      });
    }
  }
}
