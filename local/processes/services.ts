/** All servers of the laptop. */
import { aws } from '../aws/service.ts';
import { kafka } from '../kafka/service.ts';
import { postgres } from '../postgres/service.ts';
import { snowflake } from '../snowflake/service.ts';
import { spark } from '../spark/service.ts';
import type { Service } from './service.ts';

const services: readonly Service[] = [postgres, kafka, snowflake, aws, spark];

export function servicesNamed(names: readonly string[]): Service[] {
  return services.filter(({ name }) => names.includes(name));
}
