/** What Silver should hold, batch by batch: the good rows of the sources, the newest of each key, or every version of it where they are kept. */
import type { Lake } from './lake.ts';
import type { Oracle } from './oracle.ts';
import type { Dataset } from './source-rows.ts';

export class ExpectedSilver {
  readonly #lake: Lake;
  readonly #oracle: Oracle;
  /** The number of each dataset's last batch. */
  readonly #batches = new Map<string, number>();
  /** Batches whose time of planning stands in the expected rows as `planned` has it, until the manifest says it. */
  #unplanned: { dataset: Dataset; batch: number }[] = [];

  constructor(lake: Lake, oracle: Oracle) {
    this.#lake = lake;
    this.#oracle = oracle;
  }

  /** `batch`: the number of the dataset's last one. */
  begin(dataset: string, batch: number): void {
    this.#batches.set(dataset, batch);
  }

  /** Takes the dataset as its source is now, in one batch. */
  async advance(dataset: Dataset): Promise<void> {
    const { name, load, key, order } = dataset;
    const batch = (this.#batches.get(name) ?? 0) + 1;
    this.#batches.set(name, batch);
    if (dataset.keepsVersions) this.#unplanned.push({ dataset, batch });
    const rows = good(dataset, batch);
    if (key.length === 0) {
      await this.#oracle.run(
        `INSERT INTO silver.${name} BY NAME FROM (${rows}) AS new ANTI JOIN silver.${name} USING (_sequence_partition, _sequence)`,
      );
      return;
    }
    const keys = key.join(', ');
    const isImmutable = load === 'append' || load === 'offsets';
    const sorted = order.map((column) => `"${column}" ${isImmutable ? 'ASC' : 'DESC'}`).join(', ');
    const winners = `${rows} QUALIFY row_number() OVER (PARTITION BY ${keys} ORDER BY ${sorted}) = 1`;
    // A row that is there as it is stays what it is, the batch that brought it included.
    const same = isImmutable ? keys : `${keys}, _row_hash`;
    const current = dataset.keepsVersions ? `(FROM silver.${name} WHERE is_current)` : `silver.${name}`;
    await this.#oracle.run(`CREATE OR REPLACE TABLE changed AS FROM (${winners}) AS new ANTI JOIN ${current} USING (${same})`);
    if (dataset.keepsVersions) {
      await this.#endVersions(dataset, batch);
    } else if (!isImmutable) {
      await this.#oracle.run(`DELETE FROM silver.${name} WHERE (${keys}) NOT IN (SELECT (${keys}) FROM judged.${name})`);
      await this.#oracle.run(`DELETE FROM silver.${name} WHERE (${keys}) IN (SELECT (${keys}) FROM changed)`);
    }
    await this.#oracle.run(`INSERT INTO silver.${name} BY NAME FROM changed`);
  }

  /** A version ends where the next begins; without a next, where the source is found to have its key no more. */
  async #endVersions({ name, load, key }: Dataset, batch: number): Promise<void> {
    const keys = key.join(', ');
    const ended = 'is_current = false, valid_to = next.at, _ended_by = next.sequence';
    const deletedBy = load === 'snapshot' ? batch : `epoch_us(${planned(batch)})`;
    await this.#oracle.run(`UPDATE silver.${name} AS version SET ${ended}
      FROM (SELECT ${keys}, valid_from AS at, _sequence AS sequence FROM changed
        UNION ALL
        SELECT ${keys}, ${planned(batch)}, ${deletedBy} FROM (SELECT DISTINCT ${keys} FROM silver.${name})
        WHERE (${keys}) NOT IN (SELECT (${keys}) FROM judged.${name})) AS next
      WHERE version.is_current AND ${key.map((column) => `version.${column} = next.${column}`).join(' AND ')}`);
  }

  /** Once the batches are planned. */
  async learnPlanned(): Promise<void> {
    for (const { dataset, batch } of this.#unplanned) {
      const at = `TIMESTAMPTZ '${(await this.#lake.manifest(dataset, batch)).plannedAt}'`;
      const learned = `valid_from = if(valid_from = ${planned(batch)}, ${at}, valid_from), valid_to = if(valid_to = ${planned(batch)}, ${at}, valid_to),
        _ended_by = if(_ended_by = epoch_us(${planned(batch)}), epoch_us(${at}), _ended_by)`;
      await this.#oracle.run(`UPDATE silver.${dataset.name} SET ${learned}`);
    }
    this.#unplanned = [];
  }
}

/** In place of the time at which a batch was planned, which the sources do not say. */
const planned = (batch: number) => `(TIMESTAMPTZ '3000-01-01 00:00:00+00' + to_microseconds(${batch}))`;

/** The rows that break no rule, as Silver should have them from this batch on. A snapshot is ordered by its batch, all else by the source. */
export function good({ name, source, load, order, keepsVersions }: Dataset, batch: number): string {
  const number = `CAST(${batch} AS BIGINT)`;
  const origin = `'${source}' AS _source, ${number} AS _batch`;
  const rows = (columns: string) => `SELECT ${columns}, ${origin} FROM judged.${name} WHERE rule IS NULL`;
  // No sample event has a field that its contract does not name.
  const message = '"offset" AS _sequence, "partition" AS _sequence_partition, MAP([]::VARCHAR[], []::VARCHAR[]) AS _unknown_fields';
  if (load === 'offsets') return rows(`* EXCLUDE ("partition", "offset", rule), ${message}`);
  const begins = load === 'snapshot' ? planned(batch) : `"${order[0]}"`;
  const version = `, ${begins} AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to, true AS is_current, CAST(NULL AS BIGINT) AS _ended_by`;
  const sequence = load === 'snapshot' ? number : `epoch_us("${order[0]}")`;
  return rows(`* EXCLUDE (rule), ${sequence} AS _sequence${keepsVersions ? version : ''}`);
}
