/** The stand-in as an account that knows the function by its identity at AWS: here the account of this file, whom the emulator takes for its root. */
import { beforeEach, expect, test } from '@jest/globals';
import { setSecret } from '../../secret.ts';
import { plan } from '../planned.ts';
import { change, order, orders, secret } from './snowflake-account.ts';
import { useStandInBeside } from './stand-in-beside.ts';

// The driver hands its proof of identity to Snowflake's own hosts alone, unless it is told of others.
process.env.SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES = '127.0.0.1';
useStandInBeside(() => ({ identities: [`arn:aws:iam::${process.env.AWS_ACCESS_KEY_ID}:root`] }));

beforeEach(async () => {
  const { clientId: _, clientSecret: __, tokenUrl: ___, scope: ____, ...without } = secret();
  await setSecret('etl/snowflake', without);
});

test('without a client in the secret the function logs in by its identity, and nothing secret is stored', async () => {
  await change('customer_orders', 'order_id', order('insert', 'A', '2024-01-15 10:00:00+00'));
  expect(await plan(orders())).toMatchObject({ bounds: { upper: '2024-01-15 10:00:00.000000000+00:00' } });
});

test('an identity that no user has is CredentialRejected, and says what makes one', async () => {
  const account = process.env.AWS_ACCESS_KEY_ID;
  process.env.AWS_ACCESS_KEY_ID = '999999999999';
  const refused = plan(orders()).finally(() => {
    process.env.AWS_ACCESS_KEY_ID = account;
  });
  await expect(refused).rejects.toMatchObject({ code: 'CredentialRejected', remedy: expect.stringContaining('WORKLOAD_IDENTITY') });
});
