import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { formatStorage } from '../../../local/kafka/format-storage.ts';
import { serverProperties } from '../../../local/kafka/server-properties.ts';
import { installed } from '../../../local/processes/installed.ts';

const folder = mkdtempSync(join(tmpdir(), 'etl-format-'));
afterAll(() => rmSync(folder, { recursive: true }));
const login = (username: string) => ({ username, password: 'of-the-test' });

test('storage is formatted whatever its id begins with', async () => {
  const logins = { admin: login('admin'), reader: login('reader') };
  const place = { data: join(folder, 'data'), identity: 'none.pem', authority: 'none.pem', port: 9092, controllerPort: 9093 };
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, serverProperties(place, logins));
  const classPath = join(import.meta.dirname, '../../..', '.etl', 'jars', 'kafka', '*');
  await formatStorage({ folder, data: place.data, properties, java: installed().java, classPath }, logins, '-dashAtTheBeginning0AA');
  expect(readFileSync(join(place.data, 'meta.properties'), 'utf8')).toContain('cluster.id=-dashAtTheBeginning0AA');
});
