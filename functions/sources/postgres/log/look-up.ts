/** Looks values up that the log did not send, in the table as it is now: what has changed since comes with a later operation. */
import pg from 'pg';
import type { LandedColumn } from '../../../batch/batch-plan.ts';
import { CHANGE_COLUMNS } from '../../../batch/change-columns.ts';
import type { Contract } from '../../../contract/contract.ts';
import { connect } from '../connection.ts';
import { identifier } from '../identifier.ts';
import { qualified } from '../qualified.ts';
import type { ChangeRows } from './change-rows.ts';

/** Values as the server prints them. */
const TEXTS = { getTypeParser: () => (value: string) => value };
/** Keys of one question, and rows that wait for it. */
export const AT_ONCE = 500;

export class LookUp {
  readonly #contract: Contract;
  readonly #columns: readonly LandedColumn[];
  readonly #key: readonly number[];
  #client: pg.Client | undefined;

  constructor(contract: Contract, columns: readonly LandedColumn[]) {
    this.#contract = contract;
    this.#columns = columns.slice(0, -CHANGE_COLUMNS.length);
    this.#key = contract.key.map((name) => this.#columns.findIndex((column) => column.name === name));
  }

  /** Adds the rows that wait for values, with those that are found. */
  async fill(rows: ChangeRows): Promise<void> {
    while (rows.unfilled.length > 0) {
      const some = rows.unfilled.splice(0, AT_ONCE);
      const found = await this.#rowsOf(some.map(({ values }) => this.#keyOf(values)));
      for (const each of some) rows.addFilled(each, found.get(JSON.stringify(this.#keyOf(each.values))));
    }
  }

  async close(): Promise<void> {
    await this.#client?.end();
  }

  async #rowsOf(keys: (string | null)[][]): Promise<Map<string, (string | null)[]>> {
    this.#client ??= await connect(`look up ${this.#contract.dataset}`);
    const columns = this.#columns.map(({ name }) => identifier(this.#contract, name)).join(', ');
    const key = this.#contract.key.map((name) => identifier(this.#contract, name)).join(', ');
    // Literals, and no parameters, take the type of the column that they are compared with.
    const wanted = keys.map((values) => `(${values.map((value) => pg.escapeLiteral(value ?? '')).join(', ')})`).join(', ');
    const { rows } = await this.#client.query({
      text: `SELECT ${columns} FROM ${qualified(this.#contract.object)} WHERE (${key}) IN (${wanted})`,
      rowMode: 'array',
      types: TEXTS as unknown as pg.CustomTypesConfig,
    });
    return new Map(rows.map((row: (string | null)[]) => [JSON.stringify(this.#keyOf(row)), row]));
  }

  #keyOf(values: (string | null)[]): (string | null)[] {
    return this.#key.map((index) => values[index] ?? null);
  }
}
