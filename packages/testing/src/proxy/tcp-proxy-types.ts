import type { BytePattern } from './byte-pattern.ts';
import type { CutAfterOptions, CutRule, ProxyDirection } from './cut-rule.ts';

/** The faults of one connection, or of all of a proxy: those that are there and those to come. */
export interface TcpProxyFaults {
  /** Breaks the connection at once, with a reset (RST) to both sides; answers how many were broken. */
  cut(): number;
  /**
   * Breaks a connection when the pattern has passed (`when: 'after'`), when it is answered (`'answer'`), or before it
   * passes in full (`'before'`), also when it straddles chunks. After the match the sender gets a reset, and the
   * receiver an orderly end behind the bytes: with `'COMMIT'` the server commits, and the client never learns.
   */
  cutAfter(pattern: BytePattern, options?: CutAfterOptions): CutRule;
  /** Resets the client's side; upstream sees an orderly end. Answers how many connections that were. */
  reset(): number;
  /**
   * Ends one direction in order, `'to-client'` unless told: the client sees the end, and can still send. For a proxy:
   * of the connections that are there.
   */
  halfClose(direction?: ProxyDirection): void;
  /** Holds back all bytes and ends, in silence, as a lost route does; with `false` they go on. */
  blackhole(on?: boolean): void;
  /** Delays the bytes of each direction by `ms`, and up to `jitterMs` more; order is kept. 0 ends it. */
  delay(ms: number, jitterMs?: number): void;
  /** Limits each direction of each connection to a rate; `Infinity` ends it. */
  throttle(bytesPerSecond: number): void;
}

/** One connection through a {@link TcpProxy}. Its own faults go before the proxy's. */
export interface TcpProxyConnection extends TcpProxyFaults {
  /** 1 for the first. */
  readonly id: number;
  /** The port the client connects from. */
  readonly clientPort: number;
  readonly open: boolean;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** What a proxy has seen so far. */
export interface TcpProxyCounters {
  /** Connections accepted. */
  readonly connections: number;
  /** Connections that are there now. */
  readonly open: number;
  /** Bytes forwarded to upstream. */
  readonly bytesUp: number;
  /** Bytes forwarded to clients. */
  readonly bytesDown: number;
  /** Connections broken by `cut`, `cutAfter` and `reset`. */
  readonly cuts: number;
}

/** A proxy on loopback that breaks connections on demand; see {@link createTcpProxy}. */
export interface TcpProxy extends TcpProxyFaults, AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly counters: TcpProxyCounters;
  /** The connection URL `from`, of a database or a server, with this proxy's host and port instead. */
  url(from: string): string;
  /** The connections that are there, the oldest first. */
  connections(): TcpProxyConnection[];
  /** Takes no new connections (ECONNREFUSED), until `refuse(false)`; the ones there stay. */
  refuse(on?: boolean): Promise<void>;
  /** Breaks all connections and frees the port. */
  close(): Promise<void>;
}
