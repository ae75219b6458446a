/** A ledger of its own for a test file. */
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { ledgerClient } from '../../functions/aws/dynamodb.ts';

export const LEDGER_TABLE = 'etl-ledger';

export async function createLedgerTable(): Promise<void> {
  await ledgerClient.send(
    new CreateTableCommand({
      TableName: LEDGER_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
}
