/** The manifest: what one batch landed, written last, so that its presence means that all of it is there. */
import * as z from 'zod';
import { BatchPlan, Role } from './batch-plan.ts';
import { addHashes, EMPTY_HASH } from './layer-hash.ts';
import { StoredObject } from './stored-object.ts';

export const LandedObject = StoredObject.extend({ role: Role, chunk: z.string() });
export type LandedObject = z.infer<typeof LandedObject>;

export const Manifest = BatchPlan.omit({ chunks: true }).extend({
  objects: z.array(LandedObject),
  rows: z.number().int(),
  hash: z.string(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Rows and hash of the batch are sums over the objects of role `rows`. */
export function manifestFrom(plan: BatchPlan, objects: LandedObject[]): Manifest {
  const { chunks: _, ...header } = plan;
  const data = objects.filter(({ role }) => role === 'rows');
  return {
    ...header,
    objects,
    rows: data.reduce((sum, { rows }) => sum + rows, 0),
    hash: data.reduce((sum, { hash }) => addHashes(sum, hash), EMPTY_HASH),
  };
}
