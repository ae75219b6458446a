/** What follows from the row of a kind of source. */
import { expect, test } from '@jest/globals';
import { namesFor } from '../../config/names.ts';
import { checkSettings } from '../../config/settings.ts';
import { CONFIRMING_KINDS, SOURCE_KINDS, SOURCES } from '../../config/sources.ts';

const settings = checkSettings('config/dev.yaml', {}, 'dev', { account: '111122223333', region: 'eu-central-1' });

test('each kind has a secret of its name, a limit of what reads from it at once, and a bucket that is there', () => {
  const { secrets, buckets } = namesFor(settings);
  expect(secrets).toEqual({ snowflake: 'etl/snowflake', postgres: 'etl/postgres', kafka: 'etl/kafka' });
  expect(settings.concurrency).toEqual({ snowflake: 4, postgres: 4, kafka: 4 });
  expect(SOURCE_KINDS.map((kind) => buckets[SOURCES[kind].bucket])).toEqual(
    ['internal', 'external', 'streaming'].map((name) => `company-${name}-data-111122223333-eu-central-1`),
  );
});

test('a kind that is reached by a port of its own has that port in the settings of the network, where a stage may say another', () => {
  expect(settings.network.sourcePorts).toEqual({ postgres: 5432, kafka: 9096 });
  const moved = checkSettings('config/dev.yaml', { network: { sourcePorts: { postgres: 6432 } } }, 'dev', settings);
  expect(moved.network.sourcePorts).toEqual({ postgres: 6432, kafka: 9096 });
  expect(() => checkSettings('config/dev.yaml', { network: { sourcePorts: { mysql: 3306 } } }, 'dev', settings)).toThrow(
    'the unknown key network.sourcePorts.mysql (known: postgres, kafka)',
  );
});

test('Kafka alone is told of commits', () => {
  expect(CONFIRMING_KINDS).toEqual(['postgres', 'kafka']);
});
