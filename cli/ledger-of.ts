/** The ledger of a stage, which is open. */
import { ledgerClient } from '../functions/aws/dynamodb.ts';
import { Ledger } from '../functions/ledger/ledger.ts';
import type { Stage } from './stage.ts';

export const ledgerOf = ({ names }: Stage) => new Ledger(ledgerClient, names.tables.ledger);
