/** Decides how the laptop's AWS is started. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSettings } from '../../config/settings.ts';
import { httpAnswers } from '../processes/http-answers.ts';
import type { Service } from '../processes/service.ts';

export const aws: Service<'aws'> = {
  name: 'aws',
  key: 'aws',
  async prepare({ checkout, folder, ports, certificates, python }) {
    // The emulator unpacks functions below this folder and runs them by a CommonJS script, which this package's own `type` would turn into a module.
    writeFileSync(join(dirname(folder), 'package.json'), '{ "type": "commonjs" }\n');
    const { region, account } = readSettings('local');
    const endpoint = `http://127.0.0.1:${ports.aws}`;
    return {
      command: [python.lake, '-m', 'local.aws'],
      cwd: checkout,
      env: {
        GATEWAY_PORT: String(ports.aws),
        AWS_ENDPOINT_URL: endpoint,
        AWS_DEFAULT_REGION: region,
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_ACCOUNT_ID: account,
        MINISTACK_REGION: region,
        STATE_DIR: join(folder, 'state'),
        S3_DATA_DIR: join(folder, 's3'),
        AUTH: 'true',
        SPARK_DRIVER_ENDPOINT: `http://127.0.0.1:${ports.sparkDriver}`,
        NODE_EXTRA_CA_CERTS: trusted(folder, certificates.ca),
        PYTHONUNBUFFERED: '1',
      },
      answers: (signal) => httpAnswers(`${endpoint}/_ministack/health`, signal),
      facts: async () => ({ endpoint, region, account }),
    };
  },
};

/** Snowflake's driver in a function takes an authority from here alone; what this network needs may be here already. */
function trusted(folder: string, authority: string): string {
  const given = process.env.NODE_EXTRA_CA_CERTS;
  const path = join(folder, 'trusted.pem');
  writeFileSync(path, [...(given ? [given] : []), authority].map((file) => readFileSync(file, 'utf8')).join('\n'));
  return path;
}
