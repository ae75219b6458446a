/** What the secret of each kind of source holds. */
import type { SourceKind } from '../contract/contract.ts';
import { KafkaSecret } from './kafka/secret.ts';
import { PostgresSecret } from './postgres/secret.ts';
import { SnowflakeSecret } from './snowflake/secret.ts';

export const SECRETS = { postgres: PostgresSecret, kafka: KafkaSecret, snowflake: SnowflakeSecret } satisfies Record<SourceKind, unknown>;
