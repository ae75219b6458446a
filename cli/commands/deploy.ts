/** `etl deploy`: the whole app into the stage's account, or again into the laptop's. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { putClusterObjects } from '../../infra/cluster/objects.ts';
import { checkout } from '../../local/environment.ts';
import { declaredLine, declaredTypes } from '../declared-types.ts';
import { deployApp } from '../deploy-app.ts';
import { secondsText } from '../output.ts';
import { openStage } from '../stage.ts';
import { storeLaptopSecrets } from '../store-secrets.ts';
import { commonOptions } from './options.ts';

export function addDeploy(program: Command): void {
  program
    .command('deploy')
    .description('deploy the pipeline: what you changed in contracts, functions, Spark jobs, state machines or infrastructure takes effect')
    .action(async (_options, command: Command) => {
      const { stage: name, output } = commonOptions(command);
      const begun = Date.now();
      const stage = await openStage(name);
      await deployApp(stage, (line) => output.line(`  ${line}`));
      await putClusterObjects(stage.names, stage.settings.region, join(checkout, '.etl/python/lake/bin/python'));
      if (stage.environment) await storeLaptopSecrets(stage);
      const seconds = (Date.now() - begun) / 1000;
      // AWS knows every type of its own.
      const declared = stage.environment ? await declaredTypes() : [];
      output.result({ stage: name, seconds, declared }, () => {
        output.line(`Deployed to ${name} in ${secondsText(seconds * 1000)}.`);
        if (stage.environment) output.line(declaredLine(declared));
        output.line(
          stage.environment ? 'Next: npx etl run --wait' : `Next: npx etl secrets set postgres --stage ${name} (and snowflake, kafka)`,
        );
      });
    });
}
