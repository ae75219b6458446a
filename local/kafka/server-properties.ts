/** Decides the broker's settings: one KRaft node on 127.0.0.1, SASL_SSL with SCRAM-SHA-512, nothing allowed without an ACL. */
import type { Logins } from './logins.ts';

export interface BrokerPlace {
  data: string;
  /** PEM files: private key and certificate in one, and the authority's certificate. */
  identity: string;
  authority: string;
  port: number;
  controllerPort: number;
}

export function serverProperties({ data, identity, authority, port, controllerPort }: BrokerPlace, { admin }: Logins): string {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const asAdmin = `username="${admin.username}" password="${admin.password}"`;
  return propertiesText({
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': data,
    listeners: `SASL_SSL://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:SASL_PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'SASL_SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': identity,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${scram} ${asAdmin};`,
    // SCRAM's users are in the log that the controller reads first, so it cannot ask for them itself.
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': `${plain} ${asAdmin} user_${admin.username}="${admin.password}";`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${admin.username}`,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    // The sample events are years old: retention would delete them at once.
    'log.retention.ms': '-1',
  });
}

/** The format of java.util.Properties, which is read as Latin-1. */
function propertiesText(settings: Record<string, string>): string {
  const escaped = (value: string) =>
    value.replace(/\\/g, '\\\\').replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('');
}
