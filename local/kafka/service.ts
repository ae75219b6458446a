/** Decides how the laptop's Kafka broker is started: formatted storage, settings, a small heap. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place, Service } from '../processes/service.ts';
import { answers, type Connection, setUp } from './administer.ts';
import { formatStorage } from './format-storage.ts';
import { keptLogins } from './logins.ts';
import { serverProperties } from './server-properties.ts';

export const kafka: Service<'kafka'> = {
  name: 'kafka',
  key: 'kafka',
  async prepare({ checkout, folder, ports, certificates, java }: Place) {
    const logins = await keptLogins(folder);
    const identity = join(folder, 'identity.pem');
    await writeFile(identity, (await readFile(certificates.key, 'utf8')) + (await readFile(certificates.certificate, 'utf8')), {
      mode: 0o600,
    });
    const properties = join(folder, 'server.properties');
    const place = {
      data: join(folder, 'data'),
      identity,
      authority: certificates.ca,
      port: ports.kafka,
      controllerPort: ports.kafkaController,
    };
    await writeFile(properties, serverProperties(place, logins), { mode: 0o600 });
    const classPath = join(checkout, '.etl', 'jars', 'kafka', '*');
    await formatStorage({ folder, data: place.data, properties, java, classPath }, logins);

    const brokers = [`127.0.0.1:${ports.kafka}`];
    const ca = await readFile(certificates.ca, 'utf8');
    const connection: Connection = { brokers, ca, ...logins.admin };
    return {
      command: [java, ...jvmOptions(), '-cp', classPath, 'kafka.Kafka', properties],
      answers: () => answers(connection),
      async facts() {
        await setUp(connection, logins.reader);
        const mechanism = 'SCRAM-SHA-512' as const;
        return { brokers, admin: { mechanism, ...logins.admin }, secret: { brokers, mechanism, ...logins.reader, ca } };
      },
    };
  },
};

function jvmOptions(): string[] {
  const logging = pathToFileURL(join(import.meta.dirname, 'log4j2.properties')).href;
  // The quick compiler alone starts sooner; a broker at 2,000,000 events stays within this heap.
  return ['-Xms128m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${logging}`];
}
