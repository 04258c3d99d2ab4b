import type { Clock, Logger, TimerHandle } from '@resilient/core';
import type { PoolHolder } from '../engine/pool-error.ts';

/** What the list of holders needs to know. */
export interface HoldersOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The pool's. */
  readonly name: string;
  readonly leakMs: number;
  readonly stacks: boolean;
  /** Told when a connection is out for longer than `leakMs`. */
  readonly onLeak: () => void;
}

/** One connection that is out. */
export interface Holding {
  /** What it is used for; it changes when a transaction is begun on it. */
  name: string;
  readonly since: number;
  /** Where it was taken. */
  readonly trace: Error | undefined;
  readonly timer: TimerHandle;
  leaking: boolean;
}

/** How many frames of a stack are kept. */
const TRACE_DEPTH = 50;

/** Where a caller stands, without the frames of this file. */
class Taken extends Error {
  override readonly name = 'taken';
}

/** Who has connections, since when, and in development from where: for leak detection and for the error of a full pool. */
export class Holders {
  readonly #options: HoldersOptions;
  readonly #holdings = new Set<Holding>();
  #leaking = 0;

  constructor(options: HoldersOptions) {
    this.#options = options;
  }

  /** Connections that are out for longer than they should be. */
  get leaking(): number {
    return this.#leaking;
  }

  /** For how long the connection that has been out longest is out, in milliseconds; 0 if none is. */
  get oldestMs(): number {
    const [oldest] = this.#holdings; // a set keeps the order in which they were taken
    return oldest ? this.#options.clock.now() - oldest.since : 0;
  }

  /** Remembers where the caller stands, to be asked before the first wait; `undefined` where stacks are off. */
  trace(): Error | undefined {
    if (!this.#options.stacks) return undefined;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = TRACE_DEPTH; // the first ten frames are ours and Kysely's
    const trace = new Taken('here');
    Error.stackTraceLimit = stackTraceLimit;
    return trace;
  }

  /** A connection goes out. */
  take(name: string, trace: Error | undefined): Holding {
    const { clock, leakMs } = this.#options;
    const timer = clock.setTimer(() => this.#leaked(holding), leakMs, { background: true });
    const holding: Holding = { name, since: clock.now(), trace, timer, leaking: false };
    this.#holdings.add(holding);
    return holding;
  }

  /** It is back. */
  give(holding: Holding): void {
    const { clock, logger, name } = this.#options;
    if (!this.#holdings.delete(holding)) return;
    clock.clearTimer(holding.timer);
    if (!holding.leaking) return;
    this.#leaking -= 1;
    const heldMs = Math.round(clock.now() - holding.since);
    logger.info({ pool: name, holder: holding.name, heldMs }, 'a connection that seemed lost was given back');
  }

  /** Those who have connections, the longest first. */
  list(): PoolHolder[] {
    const now = this.#options.clock.now();
    return [...this.#holdings].map(({ name, since, trace }) => ({
      name,
      ageMs: Math.round(now - since),
      ...(trace ? { stack: framesOf(trace) } : undefined),
    }));
  }

  #leaked(holding: Holding): void {
    const { logger, name, leakMs, onLeak } = this.#options;
    holding.leaking = true;
    this.#leaking += 1;
    logger.warn(
      {
        pool: name,
        holder: holding.name,
        leakMs,
        ...(holding.trace ? { stack: framesOf(holding.trace) } : undefined),
      },
      `a connection has been out for more than ${leakMs} ms: was it ever given back?`,
    );
    onLeak();
  }
}

function framesOf(trace: Error): string {
  const lines = (trace.stack ?? '').split('\n').slice(1);
  return lines.filter((line) => !line.includes('Holders.trace')).join('\n');
}
