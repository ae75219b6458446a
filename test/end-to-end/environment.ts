/** Brings up what all end-to-end tests share, says `ready`, and ends it when its standard input closes: the app deployed by the real CDK, the sources filled. */
import { once } from 'node:events';
import { deployApp } from '../../cli/deploy-app.ts';
import { fill } from '../../cli/sample-sources.ts';
import { openStage } from '../../cli/stage.ts';
import { storeLaptopSecrets } from '../../cli/store-secrets.ts';
import { smallestRows } from '../../local/sample-data/scale.ts';
import { up } from '../../local/up.ts';

const session = await up('test', { fresh: true, onProgress: (line) => process.stderr.write(`  ${line}\n`) });
try {
  const stage = await openStage('test');
  await Promise.all([deployApp(stage, () => undefined), fill(stage, smallestRows)]);
  await storeLaptopSecrets(stage);
  process.stdout.write('ready\n');
  process.stdin.resume();
  await once(process.stdin, 'end');
} finally {
  await session.end();
}
