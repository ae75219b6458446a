import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Contract } from '../../functions/contract/contract.ts';
import { contract } from './contracts.ts';
import { deployed } from './deployed.ts';
import { env, makeServices } from './services.ts';

makeServices();
// A function reads its environment and contracts once a process: here each test is one.
beforeEach(() => {
  jest.resetModules();
});
const users: Contract = contract({ dataset: 'users', columns: { id: 'text' } });
const functionModules = async () => ({
  ...(await import('../../functions/environment.ts')),
  ...(await import('../../functions/contract/fetch.ts')),
});

test('a function finds its settings and contracts where the deployment put them', async () => {
  await deployed([users]);
  const { environment, contractOf } = await functionModules();
  expect(environment()).toMatchObject({ LAKE_BUCKET: env.LAKE_BUCKET, SETTINGS: env.SETTINGS });
  expect(await contractOf('users')).toEqual(users);
});

test('variables that are missing or wrong are EnvironmentInvalid, each with its name, and no value is quoted', async () => {
  await deployed([users]);
  delete process.env.LEDGER_TABLE;
  process.env.CONTRACTS_URL = 'https://elsewhere/contracts.json';
  process.env.SETTINGS = '{"concurrency":';
  const { environment } = await functionModules();
  expect(environment).toThrow(
    expect.objectContaining({ name: 'EnvironmentInvalid', found: expect.stringMatching(/LEDGER_TABLE: .*CONTRACTS_URL: .*SETTINGS: /) }),
  );
  expect(environment).not.toThrow('elsewhere');
});

test('a dataset without a contract, and contracts that are not there, are ContractInvalid and say what to do', async () => {
  await deployed([users]);
  const { contractOf } = await functionModules();
  await expect(contractOf('orders')).rejects.toMatchObject({
    name: 'ContractInvalid',
    dataset: 'orders',
    remedy: expect.stringContaining('orders.yaml'),
  });

  jest.resetModules();
  process.env.CONTRACTS_URL = `s3://${env.LAKE_BUCKET}/gone.json`;
  const { contracts } = await functionModules();
  await expect(contracts()).rejects.toMatchObject({ name: 'ContractInvalid', expected: expect.stringContaining('gone.json') });
});
