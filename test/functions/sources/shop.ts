/** The shop of docs/how-to/add-a-source.md: products over HTTP, page by page, by its own clock. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = 2;

export interface Product {
  product_id: string;
  /** As JSON writes it: more digits than a number of JavaScript holds. */
  price: string;
  updated_at: string;
}

export class Shop {
  readonly token = 'a token of the test';
  readonly products = new Map<string, Product>();
  /** How many pages it still answers. */
  pagesLeft = Number.POSITIVE_INFINITY;
  now = '2026-05-01T12:00:00.000Z';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: asked } = new URL(url, 'http://shop');
    const known = headers.authorization === `Bearer ${this.token}`;
    const status = known ? (pathname === '/products' ? (this.pagesLeft > 0 ? 200 : 503) : 404) : 401;
    this.pagesLeft -= 1;
    response.writeHead(status, { date: new Date(this.now).toUTCString(), 'content-type': 'application/json' });
    response.end(status === 200 ? this.#page(asked) : '{}');
  }

  #page(asked: URLSearchParams): string {
    const [since, before, after] = ['updated_since', 'updated_before', 'after'].map((name) => asked.get(name));
    const found = [...this.products.values()]
      .filter(({ updated_at }) => (!since || updated_at >= since) && (!before || updated_at < before))
      .filter(({ product_id }) => !after || product_id > after)
      .sort((a, b) => (a.product_id < b.product_id ? -1 : 1));
    const page = found.slice(0, PAGE);
    const items = page.map(
      ({ product_id, price, updated_at }) => `{"product_id": "${product_id}", "price": ${price}, "updated_at": "${updated_at}"}`,
    );
    const next = found.length > PAGE ? `"${page.at(-1)?.product_id}"` : 'null';
    return `{"items": [${items.join(', ')}], "next": ${next}}`;
  }
}
