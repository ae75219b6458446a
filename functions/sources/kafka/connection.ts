/** A connection to Kafka: TLS verified, SASL, credentials from the secret, and one deadline over all that is done with it. */
import { Consumer } from '@platformatic/kafka';
import { readSecret } from '../../secrets.ts';
import { until } from '../until.ts';
import { groupOf } from './group.ts';
import { KafkaSecret } from './secret.ts';

export interface KafkaConnection {
  client: Consumer;
  /** The work's answer, or the signal's reason: the client has waits of its own that nothing else would end. */
  until<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Reads by direct fetch and never joins a group: the ledger keeps the offsets. */
export async function connect(dataset: string, signal: AbortSignal): Promise<KafkaConnection> {
  const { brokers, mechanism, username, password, ca } = await readSecret('etl/kafka', KafkaSecret);
  const client = new Consumer({
    clientId: 'etl',
    groupId: groupOf(dataset),
    bootstrapBrokers: brokers,
    tls: { ca },
    // Server Name Indication is for names: TLS refuses an address there.
    tlsServerName: brokers.every((broker) => /[a-z]/i.test(broker)),
    sasl: { mechanism, username, password },
    connectTimeout: 10_000,
    requestTimeout: 30_000,
    // The state machine tries again, by the error's name.
    retries: 0,
  });
  return {
    client,
    until: (work) => until(signal, work),
    close: () => client.close(true),
  };
}
