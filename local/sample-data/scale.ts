/** Decides how many rows each dataset has, all in proportion to the base size (`--rows`: the number of orders). */

export interface Scale {
  rows: number;
  orders: number;
  customers: number;
  users: number;
  products: number;
  subscriptions: number;
  sessions: number;
  transactions: number;
  userEvents: number;
  inventoryUpdates: number;
  systemMetrics: number;
}

/** Enough for every kind of dirt to come up at least once. */
export const smallestRows = 400;
export const defaultRows = 2_000;

export const warehouses = ['WH-EAST', 'WH-WEST', 'WH-EU'] as const;

export function scaleFor(rows: number): Scale {
  if (!Number.isSafeInteger(rows) || rows < smallestRows) {
    throw new RangeError(
      `sample data: expected a whole number of rows, at least ${smallestRows}; found ${rows}; give --rows ${defaultRows}`,
    );
  }
  return {
    rows,
    orders: rows,
    customers: Math.floor(rows / 4),
    users: Math.floor(rows / 2),
    products: Math.max(40, Math.floor(rows / 20)),
    subscriptions: Math.floor(rows / 4),
    sessions: rows,
    transactions: rows,
    userEvents: Math.floor(rows * 2.5),
    inventoryUpdates: Math.floor(rows / 2),
    systemMetrics: rows,
  };
}
