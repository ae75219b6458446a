/** Stands between a client and a server, and cuts or holds what the server sends where a test says so. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes that the server has sent to the last client. */
  sent = 0;
  /** After so many of them the connection ends in good order, as if there were nothing more to come. */
  cutAfter = Number.POSITIVE_INFINITY;
  /** After so many of them nothing more comes, until `release`. */
  holdAfter = Number.POSITIVE_INFINITY;
  #held: Socket | undefined;

  constructor(target: { host: string; port: number }) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client, connect({ ...target, allowHalfOpen: true })));
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** What is held goes on; later connections are not held. */
  release(): void {
    this.holdAfter = Number.POSITIVE_INFINITY;
    this.#held?.resume();
    this.#held = undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    this.sent = 0;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    }
    client.on('close', () => server.destroy());
    client.pipe(server);
    server.on('data', (bytes) => {
      const rest = this.cutAfter - this.sent;
      this.sent += bytes.length;
      client.write(bytes.subarray(0, Math.min(rest, bytes.length)));
      if (this.sent >= this.cutAfter) {
        client.end();
        server.destroy();
      } else if (this.sent >= this.holdAfter && !this.#held) {
        this.#held = server.pause();
      }
    });
    server.on('end', () => client.end()).on('error', () => client.destroy());
  }
}
