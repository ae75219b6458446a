/** Spark's code in the artifacts bucket: the package as a zip, and one entry script a layer. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';

export class SparkCode extends Construct {
  /** `SparkZip`, and `<Layer>Script` each: what the state machine's definition is filled in with. */
  readonly addresses: Record<string, string>;

  constructor(scope: Construct, id: string, root: string) {
    super(scope, id);
    const folder = join(root, 'spark-jobs');
    if (!existsSync(join(folder, 'medallion'))) throw new Error('expected the package spark-jobs/medallion; found none');
    const zip = new Asset(this, 'Package', {
      path: folder,
      ignoreMode: IgnoreMode.GIT,
      exclude: ['/*', '!/medallion', '__pycache__', '*.pyc'],
    });
    this.addresses = { SparkZip: zip.s3ObjectUrl };
    for (const file of readdirSync(folder)
      .filter((name) => name.endsWith('.py'))
      .sort()) {
      const layer = file.slice(0, -'.py'.length);
      const script = new Asset(this, layer, { path: join(folder, file) });
      this.addresses[`${layer.charAt(0).toUpperCase()}${layer.slice(1)}Script`] = script.s3ObjectUrl;
    }
  }
}
