/** The ledger of the deployment that a function belongs to. */
import { ledgerClient } from '../aws/dynamodb.ts';
import { environment } from '../environment.ts';
import { Ledger } from './ledger.ts';

export function deployedLedger(): Ledger {
  return new Ledger(ledgerClient, environment().LEDGER_TABLE);
}
