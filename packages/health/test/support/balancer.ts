import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small balancer: it asks each instance for its readiness, and sends nothing more to one that has not said 200. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** It does not look until it is released, as one does between two looks; resolves when no look is under way. */
  hold(): Promise<void>;
  release(): void;
  /** Resolves when it sends to the instance on `port`. */
  add(port: number): Promise<void>;
}

interface Instance {
  readonly port: number;
  readonly agent: Agent;
  isReady: boolean;
}

const isReady = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get(
      { port, host: '127.0.0.1', path: '/health/ready', agent: false, timeout: 5_000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
  });

/** Hands a request on; what cannot be handed on, or is not answered, is 502, and nothing is sent twice. */
function handOn({ port, agent }: Instance, asked: IncomingMessage, answer: ServerResponse): void {
  const onward = request(
    { port, agent, host: '127.0.0.1', method: asked.method, path: asked.url, headers: { host: 'x' } },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, { 'content-type': response.headers['content-type'] });
      response.on('error', () => answer.destroy());
      response.pipe(answer);
    },
  );
  onward.on('error', (error) => {
    if (answer.headersSent) answer.destroy();
    else answer.writeHead(502).end(String(error));
  });
  asked.pipe(onward);
}

/** Starts a balancer that looks at its instances every `pollMs`. Its connections to them are kept between requests. */
export async function startBalancer(pollMs: number): Promise<Balancer> {
  const instances = new Set<Instance>();
  let turn = 0;
  let isClosed = false;
  let isHeld = false;
  let lookingNow: Promise<unknown> = Promise.resolve();
  const server = createServer((asked, answer) => {
    const ready = [...instances].filter((one) => one.isReady);
    const next = ready[turn++ % ready.length];
    if (next === undefined) answer.writeHead(502).end('nobody is ready');
    else handOn(next, asked, answer);
  });
  server.keepAliveTimeout = 60_000; // longer than any client here is idle
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const look = async (instance: Instance): Promise<void> => {
    instance.isReady = await isReady(instance.port);
    // Who has been ready and is so no more is gone for good: the next one comes with a port of its own.
    if (!instance.isReady) instances.delete(instance);
  };
  const looking = (async (): Promise<void> => {
    while (!isClosed) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      if (isHeld) continue;
      lookingNow = Promise.all([...instances].map(look));
      await lookingNow;
    }
  })();

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async hold() {
      isHeld = true;
      await lookingNow;
    },
    release() {
      isHeld = false;
    },
    async add(port) {
      while (!(await isReady(port))) await new Promise((resolve) => setTimeout(resolve, 20));
      instances.add({ port, agent: new Agent({ keepAlive: true }), isReady: true });
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await looking;
      for (const { agent } of instances) agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
