/** A table's name as SQL takes it literally: `schema.table` with each part quoted. */
import pg from 'pg';

export const qualified = (object: string) => object.split('.').map(pg.escapeIdentifier).join('.');
