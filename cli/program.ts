/** Which commands `etl` has, and the options that all of them share. */
import { Command } from 'commander';
import { addDemo } from './commands/demo.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addLineage } from './commands/lineage.ts';
import { addLogs } from './commands/logs.ts';
import { addMaintain } from './commands/maintain.ts';
import { addQuarantine } from './commands/quarantine.ts';
import { addReceipts } from './commands/receipts.ts';
import { addRecover } from './commands/recover.ts';
import { addRestore } from './commands/restore.ts';
import { addRun } from './commands/run.ts';
import { addSchedule } from './commands/schedule.ts';
import { addSecrets } from './commands/secrets.ts';
import { addSql } from './commands/sql.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';

export const program = new Command('etl')
  .description('Loads Snowflake, PostgreSQL and Kafka into a Delta lake on AWS, with receipts.')
  .option('--stage <stage>', 'which pipeline: local is the one on this laptop, any other a file config/<stage>.yaml', 'local')
  .option('--json', 'one JSON value on standard output, progress on standard error', false)
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\nFirst steps: npm start · npx etl sql "select * from gold.dim_users where is_current limit 5" · npx etl demo change · npx etl run --wait · npx etl down',
  );

for (const add of [
  addStart,
  addUp,
  addDown,
  addDeploy,
  addSecrets,
  addSchedule,
  addRun,
  addMaintain,
  addStatus,
  addSql,
  addQuarantine,
  addRestore,
  addRecover,
  addLineage,
  addReceipts,
  addDemo,
  addLogs,
  addDoctor,
])
  add(program);
