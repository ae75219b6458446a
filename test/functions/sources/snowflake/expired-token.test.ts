/** A stand-in whose access tokens are good for a second. */
import { expect, test } from '@jest/globals';
import { classify } from '../../../../functions/sources/snowflake/classify.ts';
import { connect } from '../../../../functions/sources/snowflake/connection.ts';
import { connect as connectByDriver } from '../../../local/snowflake/connect.ts';
import { until } from '../../../until.ts';
import { setSecret } from '../../secret.ts';
import { plan } from '../planned.ts';
import { orders, secret } from './snowflake-account.ts';
import { useStandInBeside } from './stand-in-beside.ts';

useStandInBeside(() => ({ token_seconds: 1 }));

/** The error of a session that is as old as this call, once its token has run out. */
async function expired(): Promise<unknown> {
  const other = await connectByDriver({ secret: secret() });
  const ask = () =>
    new Promise((resolve) => {
      other.execute({ sqlText: 'SELECT 1', complete: (error) => resolve(error ?? false) });
    });
  return until('the token to run out', ask);
}

test('a token that runs out between two requests is renewed, and the work goes on', async () => {
  const connection = await connect({ dataset: 'customer_orders' });
  expect(await expired()).toMatchObject({ code: '390318' });
  expect(await connection.query('SELECT 1::VARCHAR')).toEqual([['1']]);
  await connection.close();
  expect(await plan(orders())).toMatchObject({ bounds: { lower: null } });
});

test('credentials that were rotated meanwhile are taken from the secret; those that are gone are CredentialRejected', async () => {
  const connection = await connect({ dataset: 'customer_orders' });
  await setSecret('etl/snowflake', secret({ clientSecret: 'rotated away' }));
  await expired();
  const failure = await connection.query('SELECT 1::VARCHAR').catch((error: unknown) => error);
  expect(classify(failure, 'customer_orders')).toMatchObject({ code: 'CredentialRejected' });
  await setSecret('etl/snowflake', secret());
  expect(await connection.query('SELECT 1::VARCHAR')).toEqual([['1']]);
  await connection.close();
});
