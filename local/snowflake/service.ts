/** Decides how the laptop's stand-in for Snowflake is started: over TLS, with one client that reads and one that loads. */
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { namesFor } from '../../config/names.ts';
import { readSettings } from '../../config/settings.ts';
import type { Place, Service } from '../processes/service.ts';
import { type Client, keptClients } from './clients.ts';

const account = 'COMPANY-LAPTOP';
const INTEGRATION = 'ETL_LANDING';
/** The sample data go both ways: whole tables are unloaded, what has changed since comes through the driver. */
const UNLOAD_ROWS = 250;
const place = { database: 'COMPANY', schema: 'PUBLIC', warehouse: 'ETL_WH' } as const;

export const snowflake: Service<'snowflake'> = {
  name: 'snowflake',
  key: 'snowflake',
  async prepare({ checkout, folder, ports, certificates, python }: Place) {
    const { reader, loader } = await keptClients(folder);
    const endpoint = `https://127.0.0.1:${ports.snowflake}`;
    const settings = {
      port: ports.snowflake,
      certificate: certificates.certificate,
      key: certificates.key,
      data: join(folder, 'data'),
      account,
      ...place,
      reader: inPython(reader),
      loader: inPython(loader),
      token_seconds: 3_600,
      integration: { name: INTEGRATION, ...unloadRole() },
      // Users for the functions' own identities: none here, where the secret has a client.
      identities: [],
      tables: join(checkout, 'local', 'snowflake', 'tables.sql'),
      s3_endpoint: `http://127.0.0.1:${ports.aws}`,
    };
    const path = join(folder, 'settings.json');
    await writeFile(path, JSON.stringify(settings), { mode: 0o600 });
    const ca = await readFile(certificates.ca, 'utf8');
    const access = { account, accessUrl: endpoint, tokenUrl: `${endpoint}/oauth/token-request` };
    return {
      command: [python.lake, '-m', 'local.snowflake.stand_in', path],
      cwd: checkout,
      env: {
        // Snowflake's own user, who becomes the integration's role for the files of COPY INTO.
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_DEFAULT_REGION: 'us-east-1',
      },
      answers: (signal) => isHealthy(`${endpoint}/healthcheck`, ca, signal),
      async facts() {
        return {
          endpoint,
          ca,
          admin: { ...loader, scope: `session:role:${loader.role}` },
          secret: {
            ...access,
            ...reader,
            scope: `session:role:${reader.role}`,
            ...place,
            integration: INTEGRATION,
            unloadRows: UNLOAD_ROWS,
          },
        };
      },
    };
  },
};

/** As `DESC INTEGRATION` would say it: the role that the stage's settings have made for it. */
function unloadRole() {
  const settings = readSettings('local');
  const role = namesFor(settings).roles.snowflakeUnload;
  return { role: `arn:aws:iam::${settings.account}:role/${role}`, external_id: settings.snowflakeUnload?.externalId };
}

/** As the stand-in's settings name it. */
function inPython({ clientId, clientSecret, role }: Client) {
  return { client_id: clientId, client_secret: clientSecret, role };
}

function isHealthy(url: string, ca: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, signal, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens yet.
      if (error.code === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
    asked.end();
  });
}
