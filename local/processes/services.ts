/** All servers of the laptop. */
import { postgres } from '../postgres/service.ts';
import type { Service } from './service.ts';

const services: readonly Service[] = [postgres];

export function servicesNamed(names: readonly string[]): Service[] {
  return services.filter(({ name }) => names.includes(name));
}
