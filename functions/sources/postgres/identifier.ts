/** A column's name as SQL takes it literally: the source's own, which may differ from that under which it lands. */
import pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { sourceName } from '../../contract/source-name.ts';

export const identifier = (contract: Pick<Contract, 'columns'>, name: string) => pg.escapeIdentifier(sourceName(contract, name));
