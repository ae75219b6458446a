/** What a server of the laptop is to the supervisor: a command, how to tell that it answers, and the facts that others need of it. */
import type { Environment } from '../environment.ts';

/** All ports of an environment, chosen free before anything starts, so that services may name each other's. */
export interface Ports {
  aws: number;
  sparkDriver: number;
  postgres: number;
  kafka: number;
  kafkaController: number;
  snowflake: number;
}

/** The servers that may be part of an environment, in the order in which they are reported. */
export const serviceNames = ['postgres', 'kafka', 'snowflake', 'aws', 'spark-driver'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Paths of PEM files: one certificate for 127.0.0.1 and localhost serves all servers of the checkout. */
export interface Certificates {
  ca: string;
  certificate: string;
  key: string;
}

export interface Place {
  /** `local` or `test`. */
  environment: string;
  checkout: string;
  /** The service's own folder for data and configuration, `.etl/<environment>/<service>`; it exists, and outlives a restart. */
  folder: string;
  ports: Ports;
  certificates: Certificates;
  java: string;
  python: { lake: string };
}

export interface Launch<Found> {
  command: readonly [string, ...string[]];
  /** Beside PATH (Node 24 first), HOME, TMPDIR, LANG and the variables that name certificates, which every service gets. */
  env?: Record<string, string>;
  /** The service's folder when not said. */
  cwd?: string;
  /** Asks the process group to end in good order; after 10 s comes SIGKILL. SIGTERM when not said. */
  stopSignal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  /** Whether the server answers. Asked every 100 ms until it says yes; a refused connection is `false`, any other error ends the start. */
  answers(signal: AbortSignal): Promise<boolean>;
  /** Runs once the server answers (roles, topics, …) and says what environment.json tells of it. */
  facts(): Promise<Found>;
}

/** The parts of environment.json that services fill, one each. */
export type FactsKey = 'aws' | 'sparkDriver' | 'postgres' | 'kafka' | 'snowflake';
export type Facts<Key extends FactsKey = FactsKey> = NonNullable<Environment[Key]>;

export interface Service<Key extends FactsKey = FactsKey> {
  name: ServiceName;
  key: Key;
  /** Writes configuration into its folder; starts nothing. */
  prepare(place: Place): Promise<Launch<Facts<Key>>>;
}
