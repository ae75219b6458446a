/** All servers of the laptop. */
import { aws } from '../aws/service.ts';
import { kafka } from '../kafka/service.ts';
import { postgres } from '../postgres/service.ts';
import type { Service } from './service.ts';

const services: readonly Service[] = [postgres, kafka, aws];

export function servicesNamed(names: readonly string[]): Service[] {
  return services.filter(({ name }) => names.includes(name));
}
