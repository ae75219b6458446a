/** A schema registry of a test file's own, over HTTPS with the laptop's certificate: it answers as the reference of Confluent's API says. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { checkout } from '../../../../local/environment.ts';

/** `cut` ends the connection without an answer, `silent` never answers. */
export type Answer = { status: number; body: unknown } | 'cut' | 'silent';

const read = (name: string) => readFileSync(join(checkout, '.etl', 'certificates', name), 'utf8');

export class Registry {
  /** What it was asked for in the test so far. */
  asked: string[] = [];
  /** Those of the ids that it has; of others it says that it has none. */
  answers = new Map<number, Answer>();
  readonly login = { username: 'reader', password: 'password-of-the-registry' };
  readonly #server: Server = createServer({ key: read('server.key'), cert: read('server.pem') }, (request, response) =>
    this.#answer(request, response),
  );

  constructor() {
    beforeAll(() => once(this.#server.listen(0, '127.0.0.1'), 'listening'));
    beforeEach(() => {
      this.asked = [];
      this.answers.clear();
    });
    afterAll(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
  }

  /** As a secret has it; below a path, as behind a gateway. */
  secret() {
    return { url: `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/registry`, ca: read('ca.pem'), ...this.login };
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(url);
    const { username, password } = this.login;
    const isReader = headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const id = /^\/registry\/schemas\/ids\/(\d+)$/.exec(url)?.[1];
    const known = this.answers.get(Number(id));
    if (known === 'silent') return;
    if (known === 'cut') {
      response.destroy();
      return;
    }
    const { status, body } = !isReader ? NOT_LOGGED_IN : id === undefined ? NO_SUCH_PAGE : (known ?? NO_SUCH_SCHEMA);
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body));
  }
}

const NOT_LOGGED_IN = { status: 401, body: { error_code: 401, message: 'Unauthorized' } };
const NO_SUCH_PAGE = { status: 404, body: { error_code: 404, message: 'HTTP 404 Not Found' } };
const NO_SUCH_SCHEMA = { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
