/** The costs that the README gives, reckoned anew from the stages' settings and the prices in them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSettings } from '../../config/settings.ts';
import { FUNCTIONS } from '../../infra/functions.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
const [dev, prod] = ['dev', 'prod'].map((stage) => readSettings(stage, { account: '111122223333', region: 'us-east-1' }));
if (!dev || !prod) throw new Error('expected the settings of dev and prod');

/** What the README's row says whose first cell begins like this. */
const costOf = (what: string) => new RegExp(`^\\| ${what}[^|]* \\| (.*) \\|$`, 'm').exec(readme)?.[1];
/** To the cent; half a cent up, in whole tenths of a cent, since 0.185 is none in binary. */
const dollars = (price: number) => (Math.round(Math.round(price * 1000) / 10) / 100).toFixed(2);

const clusterHour = prod.emr.instanceCount * (prod.prices.emrInstanceHour + prod.prices.emrUpliftHour);

test('an hour of the cluster, and a run that keeps it for a quarter of one', () => {
  const { emr, prices } = prod;
  expect(costOf(`an hour of the cluster, ${emr.instanceCount} × ${emr.instanceType}`)).toBe(
    `${emr.instanceCount} × (${prices.emrInstanceHour} + ${prices.emrUpliftHour}) = ${dollars(clusterHour)}`,
  );
  expect(costOf('a run that keeps the cluster for 15 minutes')).toBe(dollars(clusterHour / 4));
});

test.each([
  ['an hour of standing network: one NAT gateway, 7 interface endpoints in two zones', dev, ''],
  ['the same with three NAT gateways and three zones', prod, '3 × '],
])('%s', (what, { network, prices }, gateways) => {
  const endpoints = network.endpoints.length * network.zones.length;
  const hour = network.natGateways * prices.natGatewayHour + endpoints * prices.endpointZoneHour;
  expect(costOf(what)).toBe(`${gateways}${prices.natGatewayHour} + ${endpoints} × ${prices.endpointZoneHour} = ${dollars(hour)}`);
});

test('a run with nothing new, even if its one function took all the time that it has', () => {
  const { memory, minutes } = FUNCTIONS.plan;
  expect((memory / 1024) * minutes * 60 * prod.prices.lambdaGbSecond).toBeLessThan(0.01);
  expect(costOf('a run with nothing new')).toBe('below 0.01');
});
