import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { checkKnown, checkNumber, refuse } from '@resilient/core';
import { createRandom } from '../clock/random.ts';
import { listenQuietly } from '../network/quiet-port.ts';
import { checkText } from '../options/refusals.ts';
import { inOrder } from '../process/in-order.ts';
import { joinSockets, type LiveConnection, type ProxyState } from './connection.ts';
import { createCutRule, type LiveCutRule } from './cut-rule.ts';
import { type LinkFaults, setDelay, setRate } from './link-faults.ts';
import type { TcpProxy } from './tcp-proxy-types.ts';

/** Options of {@link createTcpProxy}. */
export interface TcpProxyOptions {
  /** Where connections go: a port of this machine, or host and port. */
  readonly upstream: number | { readonly host?: string; readonly port: number };
  /**
   * Port to listen on.
   * @defaultValue a free one
   */
  readonly port?: number;
  /**
   * Seed of the jitter; an integer of at least 0.
   * @defaultValue `1`
   */
  readonly seed?: number;
}

const HOST = '127.0.0.1';

const checkUpstream = (upstream: unknown): { host: string; port: number } => {
  const { host = HOST, port } =
    typeof upstream === 'number'
      ? { port: upstream }
      : ((upstream ?? {}) as { host?: string; port?: unknown });
  return {
    host: checkText('upstream.host', host),
    port: checkNumber('upstream.port', port, { min: 1, max: 65_535, integer: true }),
  };
};

const listen = (port: number, onConnection: (socket: Socket) => void): Promise<Server> =>
  new Promise((resolve, reject) => {
    // Half-open: an end goes through the proxy as an end, not as a close.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, onConnection);
    server.once('error', reject).listen(port, HOST, () => resolve(server));
  });

/**
 * Starts a TCP proxy on loopback, in front of a database or any server, that breaks connections as a network does:
 * cut, reset, half-closed, silent, slow, refused.
 *
 * @throws TypeError or RangeError for a wrong option; Error when the port is taken.
 *
 * @example
 * ```ts
 * import { createTcpProxy, startPostgres } from '@resilient/testing';
 *
 * await using postgres = await startPostgres();
 * await using proxy = await createTcpProxy({ upstream: postgres.port });
 * const url = proxy.url(postgres.url); // for the application
 * const lost = proxy.cutAfter(/commit/i); // the next COMMIT is done, and its acknowledgement lost
 * console.log(url.includes(`:${proxy.port}/`), lost.fired); // true 0
 * ```
 */
export const createTcpProxy = async (options: TcpProxyOptions): Promise<TcpProxy> => {
  checkKnown('createTcpProxy', options, ['upstream', 'port', 'seed']);
  const upstream = checkUpstream(options.upstream);
  const wantedPort = checkNumber('port', options.port ?? 0, { max: 65_535, integer: true });
  const random = createRandom(options.seed ?? 1);
  const faults: LinkFaults = {};
  const rules: LiveCutRule[] = [];
  /** Also those whose client is gone and whose upstream still works something off. */
  const known = new Set<LiveConnection>();
  const counters = { connections: 0, bytesUp: 0, bytesDown: 0, cuts: 0 };
  const inTurn = inOrder();

  const state: ProxyState = {
    faults,
    rules,
    random,
    count(direction, bytes) {
      counters[direction === 'to-upstream' ? 'bytesUp' : 'bytesDown'] += bytes;
    },
    countCut() {
      counters.cuts++;
    },
  };
  const accept = (client: Socket): void => {
    const target = connect({ ...upstream, allowHalfOpen: true });
    const connection = joinSockets(++counters.connections, client, target, state);
    known.add(connection);
    let left = 2;
    for (const socket of [client, target])
      socket.once('close', () => --left === 0 && known.delete(connection));
    client.resume();
  };
  const live = (): LiveConnection[] => [...known].filter(({ open }) => open);

  let server: Server | undefined = await (wantedPort === 0
    ? listenQuietly((free) => listen(free, accept))
    : listen(wantedPort, accept));
  const { port } = server.address() as AddressInfo;
  const stopListening = (): void => {
    server?.close();
    server = undefined;
  };
  let closed = false;
  const close = (): Promise<void> =>
    inTurn(async () => {
      closed = true;
      const ending =
        server === undefined ? undefined : new Promise((resolve) => server?.once('close', resolve));
      stopListening();
      for (const connection of known) connection.destroy();
      await ending;
    });

  return {
    host: HOST,
    port,
    get counters() {
      return { ...counters, open: live().length };
    },
    url(from) {
      const url = new URL(from);
      if (url.host === '') throw refuse('from', 'a URL with a host', from);
      url.hostname = HOST;
      url.port = String(port);
      return url.href;
    },
    connections: live,
    cut: () => live().reduce((cuts, connection) => cuts + connection.cut(), 0),
    reset: () => live().reduce((resets, connection) => resets + connection.reset(), 0),
    cutAfter(pattern, cutOptions) {
      const rule = createCutRule(pattern, cutOptions);
      rules.push(rule);
      for (const connection of live()) connection.watch(rule);
      return rule;
    },
    halfClose(direction) {
      for (const connection of live()) connection.halfClose(direction);
    },
    blackhole(on = true) {
      faults.blackhole = on;
      for (const connection of live()) connection.pump();
    },
    delay: (ms, jitterMs) => setDelay(faults, ms, jitterMs),
    throttle: (bytesPerSecond) => setRate(faults, bytesPerSecond),
    refuse: (on = true) =>
      inTurn(async () => {
        if (on) stopListening();
        else if (!closed) server ??= await listen(port, accept);
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
};
