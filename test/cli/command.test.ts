import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { s3 } from '../../functions/aws/s3.ts';
import { secretsManager } from '../../functions/aws/secrets-manager.ts';
import { createMachine } from '../functions/executions.ts';
import { createLedgerTable } from '../functions/ledger-table.ts';
import { stage } from './account-stage.ts';

// Each start of the command loads the AWS clients anew: seconds, where the machine is busy.
jest.setTimeout(60_000);

const main = join(import.meta.dirname, '../../cli/main.ts');

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The command as it is started by a person, with the test file's account in the place of an AWS account. */
async function etl(words: string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], { stdio: 'pipe', env: process.env });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}
const onDev = (...words: string[]) => etl([...words, '--stage', 'dev']);
const json = ({ out }: Ended) => JSON.parse(out);

describe('a failure that has a name', () => {
  test('is one line on standard error, without a stack, and the command ends with 1', async () => {
    const { code, out, err } = await etl(['status', '--stage', 'nowhere']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^SettingsInvalid: config\/nowhere\.yaml: .*no such file.*To mend it: .+\n$/);
  });

  test('is one JSON value on standard output with --json', async () => {
    const failed = await etl(['status', '--stage', 'nowhere', '--json']);
    expect(failed).toMatchObject({ code: 1, err: '' });
    expect(json(failed)).toEqual({ error: 'SettingsInvalid', message: expect.stringContaining('config/nowhere.yaml') });
  });

  test('is that a stage on AWS is nothing to start or end here', async () => {
    for (const word of ['up', 'down']) {
      const { code, err } = await onDev(word);
      expect([code, err]).toEqual([1, expect.stringMatching(/^CommandFailed: expected a stage on this laptop .*found dev/)]);
    }
  });

  test('is that the pipeline is not deployed yet, with what deploys it', async () => {
    const failed = await onDev('run', '--json');
    expect(failed.code).toBe(1);
    expect(json(failed)).toEqual({ error: 'CommandFailed', message: expect.stringMatching(/etl-pipeline.*npx etl deploy --stage dev/) });
  });
});

test.each([[['nonsense']], [['status', '--wrong']], [['secrets', 'set', 'oracle']], [['schedule', 'maybe']]])(
  '%j is refused with how it is called',
  async (words) => {
    const { code, out, err } = await etl(words);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/error: .*\n[\s\S]*Usage: etl/);
  },
);

describe('secrets set', () => {
  const secret = { host: 'db.internal', port: 5432, database: 'app', username: 'etl', password: 'Pa55-of-the-test', ca: 'PEM' };
  const stored = async () => (await secretsManager.send(new GetSecretValueCommand({ SecretId: 'etl/postgres' }))).SecretString ?? '';
  beforeAll(() => secretsManager.send(new CreateSecretCommand({ Name: 'etl/postgres', SecretString: '{}' })));

  test('stores what standard input gives, and shows none of it', async () => {
    const { code, out, err } = await etl(['secrets', 'set', 'postgres', '--stage', 'dev'], JSON.stringify(secret));
    expect([code, JSON.parse(await stored())]).toEqual([0, secret]);
    expect(out + err).not.toContain(secret.password);
    expect(out).toContain('Stored etl/postgres for dev');
  });

  test.each([
    ['a field is missing', JSON.stringify({ ...secret, host: undefined }), 'missing or wrong: host'],
    ['it is no JSON', `{"password": "${secret.password}",`, 'missing or wrong: the whole value'],
  ])('stores nothing when %s, and quotes nothing', async (_what, input, found) => {
    const before = await stored();
    const { code, out, err } = await etl(['secrets', 'set', 'postgres', '--stage', 'dev'], input);
    expect([code, out, await stored()]).toEqual([1, '', before]);
    expect(err).toContain(found);
    expect(err).not.toContain(secret.password);
  });
});

describe('of a pipeline that is deployed', () => {
  beforeAll(async () => {
    await createLedgerTable();
    await s3.send(new CreateBucketCommand({ Bucket: stage.names.buckets.lake }));
    await createMachine('etl-pipeline', {
      QueryLanguage: 'JSONata',
      StartAt: 'Ends',
      States: {
        Ends: {
          Type: 'Choice',
          Choices: [{ Condition: "{% $states.context.Execution.Input.mode = 'full' %}", Next: 'Fails' }],
          Default: 'Well',
        },
        Well: { Type: 'Succeed' },
        Fails: { Type: 'Fail', Error: 'FailedInPart', Cause: 'orders: TableMissing' },
      },
    });
  });

  test('a run that ends well ends the command with 0; with --json standard output is the run alone', async () => {
    const ended = await onDev('run', '--wait', '--json');
    expect(ended.code).toBe(0);
    expect(json(ended)).toMatchObject({
      status: 'SUCCEEDED',
      datasets: [],
      models: [],
      execution: expect.stringContaining('execution:etl-pipeline:'),
    });
    expect(ended.err).toContain(`Run ${json(ended).run}`);
  });

  test('a run that fails ends the command with 1 and shows why', async () => {
    const ended = await onDev('run', '--wait', '--mode', 'full');
    expect(ended.code).toBe(1);
    expect(ended.out).toMatch(/Ended as FAILED: FailedInPart in [\d.]+ s\.\n {2}orders: TableMissing\n$/);
  });

  test('status tells each dataset of the contracts, Gold, and the runs there were', async () => {
    await onDev('run', '--wait');
    const status = json(await onDev('status', '--json'));
    expect(status.datasets).toContainEqual({ dataset: 'users', batches: 0, stale: true });
    expect(status.gold).toEqual({ builds: 0 });
    expect(status.runs[0]).toMatchObject({ status: 'SUCCEEDED', seconds: expect.any(Number) });
    expect((await onDev('status')).out).toMatch(/users +0 +never loaded +STALE/);
  });

  test('logs of a name that is none are refused with how to name one', async () => {
    const { code, err } = await onDev('logs', 'plann');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^CommandFailed: expected the name of a function .*found plann\. .*npx etl logs plan/),
    ]);
  });
});
