import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, type Logger, loggerOf, publish, systemRandom, withoutDeadline } from '@resilient/core';
import { classifyPostgres } from '../classify/postgres.ts';
import { DatabaseClosedError } from '../engine/database-closed-error.ts';
import type { DatabaseStats } from '../engine/opened.ts';
import { PoolError } from '../engine/pool-error.ts';
import { POOL_DEFAULTS, type PoolSettings } from '../pool/defaults.ts';
import { type Exhaustion, exhaustedError } from '../pool/exhausted.ts';
import { PoolFigures } from '../pool/figures.ts';
import { Holders } from '../pool/holders.ts';
import { Outage } from '../pool/outage.ts';
import { WaitingLine } from '../pool/waiting-line.ts';
import { LATE, within } from '../time/within.ts';
import { explainVerdict } from '../unit/explain.ts';
import { Connections, type LentConnection, UnreachableError } from './connections.ts';
import { Lease, type LeaseFacts, type LeaseOwner } from './lease.ts';
import { isPoolerError, losesServer, translatePooler } from './lost-server.ts';
import type { PgPool } from './pg.ts';
import type { PgConnectHook } from './pg-session.ts';
import { sqlStateOf } from './sql-state.ts';

/** The context in which this module was loaded: a connection must not carry its first caller's context to others. */
const outside = AsyncLocalStorage.snapshot();

/** Options of a {@link PostgresPool}; what is left out is as in `POOL_DEFAULTS`. */
export interface PostgresPoolOptions extends Partial<PoolSettings> {
  readonly clock: Clock;
  readonly name: string;
  /** Most connections, where there is no overflow: the same as `size: max, overflow: 0`. */
  readonly max?: number;
  /** `true` behind PgBouncer and its like. */
  readonly pooler?: boolean;
  /** What each transaction must set for itself, because the session cannot. */
  readonly localSettings?: string | undefined;
  readonly logger?: Logger;
  /** Called with each new connection before its first use. */
  readonly onConnect?: PgConnectHook | undefined;
  readonly random?: () => number;
}

/** What a connection is wanted for. */
export interface LeaseUse {
  /** In the list of holders. */
  readonly name: string;
  /** Whether a connection that was idle is asked first; what begins with BEGIN asks by that. */
  readonly ping: boolean;
  /** Whether a server that is down is waited for, or refused at once. */
  readonly whileDown: 'wait' | 'fail';
}

/** For a unit: it has not begun, so that it can wait, and its first trip shows whether the connection lives. */
export const FOR_UNIT: LeaseUse = { name: 'safeCommit', ping: false, whileDown: 'wait' };

/** For a statement, or a transaction, that is not run again. */
export const FOR_STATEMENT: LeaseUse = { name: 'statement', ping: true, whileDown: 'fail' };

/** For a check, which is itself a ping. */
export const FOR_CHECK: LeaseUse = { name: 'check', ping: false, whileDown: 'fail' };

/** too_many_connections: other processes have them, so that there is no outage, but no room either. */
const FULL = '53300';
/** Between two tries while the server is full, half of it by chance. */
const FULL_MS = 1_000;

type State = 'ok' | 'exhausted' | 'down' | 'leak';

/**
 * SQLAlchemy's pool on a pg.Pool: a bounded, abortable wait of its own, overflow that is decided on return, connections
 * that are replaced at checkout, and one probe while the server is down. Its clients never crash the process.
 */
export class PostgresPool implements LeaseOwner {
  readonly clock: Clock;
  /** A statement for the first trip of each transaction, behind a pooler that keeps no settings for a session. */
  readonly localSettings: string | undefined;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #settings: PoolSettings;
  readonly #random: () => number;
  readonly #limit: number;
  readonly #pooler: boolean;
  readonly #line: WaitingLine;
  readonly #figures = new PoolFigures();
  readonly #holders: Holders;
  readonly #outage: Outage;
  readonly #connections: Connections;
  readonly #leases = new Map<Lease, () => void>();
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #state: State = 'ok';

  constructor(pool: PgPool, options: PostgresPoolOptions) {
    const {
      clock,
      name,
      max,
      pooler = false,
      logger,
      random = systemRandom,
      localSettings,
      onConnect,
      ...given
    } = options;
    this.localSettings = localSettings;
    const settings = { ...POOL_DEFAULTS, ...(max === undefined ? {} : { size: max, overflow: 0 }), ...given };
    this.clock = clock;
    this.#name = name;
    this.#logger = loggerOf(logger);
    this.#settings = settings;
    this.#pooler = pooler;
    this.#random = random;
    this.#limit = settings.size + settings.overflow;
    this.#line = new WaitingLine(this.#limit, clock, settings.maxWaiting);
    const onLeak = (): void => this.#tell('leak');
    this.#holders = new Holders({ ...settings, clock, logger: this.#logger, name, onLeak });
    this.#outage = new Outage({
      clock,
      random,
      probe: () => this.#probe(),
      onChange: (down) => this.#changed(down),
    });
    this.#connections = new Connections(pool, {
      clock,
      settings,
      random,
      pooler,
      figures: this.#figures,
      onConnect,
      onDeath: (client, error) => {
        for (const lease of this.#leases.keys()) if (lease.client === client) lease.breakWith(error);
      },
      onEnd: () => this.warm(),
    });
  }

  /** What the pool does and has done. */
  get stats(): Required<DatabaseStats> {
    const { size, idle } = this.#connections;
    const figures = this.#figures;
    return {
      size,
      idle,
      inUse: this.#leases.size,
      waiting: this.#line.waiting,
      limit: this.#limit,
      overflow: Math.max(0, size - this.#settings.size),
      created: figures.created,
      recycled: figures.recycled,
      pingFailures: figures.pingFailures,
      slowStatements: figures.slowStatements,
      oldestLeaseMs: this.#holders.oldestMs,
      acquireP50Ms: figures.waitMs(50),
      acquireP95Ms: figures.waitMs(95),
    };
  }

  /** `true` while a caller would have to wait for another one. */
  get full(): boolean {
    return this.#line.free === 0;
  }

  /** How long a caller without a deadline of its own waits, in milliseconds. */
  get acquireTimeoutMs(): number {
    return this.#settings.acquireTimeoutMs;
  }

  /**
   * Lends a connection.
   *
   * @throws PoolError `POOL_EXHAUSTED` (rejects) at the deadline, or at once if too many wait; `SERVER_DOWN` while the
   * server is known to be down and `use` does not wait for it; `CLOSED` after `close`
   * @throws the driver's error (rejects) if a new connection cannot be opened, or the signal's reason
   */
  async acquire(deadline: number, signal: AbortSignal | undefined, use: LeaseUse = FOR_UNIT): Promise<Lease> {
    this.#refuseClosed();
    const startedAt = this.clock.now();
    const trace = this.#holders.trace();
    for (;;) {
      if (this.#outage.facts) await this.#whileDown(startedAt, deadline, signal, use);
      const entering = await this.#line.enter(deadline, signal);
      if (entering !== 'entered') throw this.#exhausted(startedAt, entering);
      if (this.#outage.facts && this.#connections.idle === 0) {
        this.#line.leave(); // it was lost while this caller waited
        continue;
      }
      const lent = await this.#checkOut(startedAt, deadline, signal, use);
      if (!lent) continue;
      const waitedMs = this.clock.now() - startedAt;
      this.#figures.waited(waitedMs);
      const holding = this.#holders.take(use.name, trace);
      const rename = (name: string): void => {
        holding.name = name;
      };
      const facts: LeaseFacts = { client: lent.client, fresh: lent.fresh, waitedMs, rename };
      const lease = new Lease(facts, this);
      this.#leases.set(lease, () => this.#holders.give(holding));
      this.#settle();
      return lease;
    }
  }

  /** A connection died before it was of any use: until a probe has got through, no other one is opened. */
  suspect(error: unknown): void {
    this.#outage.begin(error);
  }

  /** Opens as many connections as are always to be there. Never rejects. */
  warm(): void {
    const { min } = this.#settings;
    if (min === 0 || this.#closing || this.#outage.facts) return;
    const enter = (): boolean => this.#line.tryEnter();
    void outside(() =>
      withoutDeadline(() => this.#connections.warm(min, enter, () => this.#line.leave())),
    ).catch((error) => this.#failed(error));
  }

  /** Refuses new callers, waits for those that have a connection, then closes all; what is lent after `timeoutMs` is cut. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  takeBack(lease: Lease, sound: boolean): void {
    this.#leases.get(lease)?.();
    this.#leases.delete(lease);
    this.#connections.takeBack(lease.client, sound && this.#wanted);
    this.#line.leave();
    this.#settle();
    if (this.#leases.size === 0) this.#drained?.();
  }

  died(lease: Lease, error: unknown): void {
    // behind a pooler the connection to the pooler tells nothing, but the pooler says when it has none to the server
    if (isPoolerError(error)) this.#outage.begin(error);
    else if (losesServer(error, this.clock.epochNow())) this.#connections.invalidate(lease.client);
  }

  ran(lease: Lease, text: string, ms: number): void {
    if (ms <= this.#settings.slowQueryMs) return;
    this.#figures.slowStatements += 1;
    const { waitedMs } = lease;
    this.#logger.warn(
      { pool: this.#name, statement: text, durationMs: Math.round(ms), waitedMs: Math.round(waitedMs) },
      'a statement was slow',
    );
  }

  translate(error: unknown): unknown {
    return this.#pooler ? translatePooler(error) : error;
  }

  /** Why the server is down, in our own words; `undefined` while it is not. */
  get downReason(): string | undefined {
    const { facts } = this.#outage;
    return facts && `${this.#wordsFor(facts.cause)}, ${Math.round(this.clock.now() - facts.seenAt)} ms ago`;
  }

  /** Overflow is decided on return: whether one more connection is to be kept. */
  get #wanted(): boolean {
    return this.#line.waiting > 0 || this.#connections.idle < this.#settings.size;
  }

  /** A connection, with a place in the line; `undefined` if the server is down and may be waited for. */
  async #checkOut(
    startedAt: number,
    deadline: number,
    signal: AbortSignal | undefined,
    use: LeaseUse,
  ): Promise<LentConnection | undefined> {
    const taking = outside(() => withoutDeadline(() => this.#connections.take(use.ping)));
    let left = false;
    taking.then(
      (lent) => {
        if (lent.fresh) this.#outage.end();
        if (!left) return;
        this.#connections.takeBack(lent.client, this.#wanted); // the caller is gone, the connection is not
        this.#line.leave();
      },
      (error) => {
        this.#failed(error);
        this.#line.leave();
      },
    );
    try {
      this.#refuseClosed();
      const lent = await within(this.clock, deadline - this.clock.now(), taking, signal);
      if (lent === LATE) throw this.#exhausted(startedAt, 'unopened');
      return lent;
    } catch (error) {
      left = true;
      const waits = use.whileDown === 'wait';
      if (error instanceof UnreachableError) {
        if (waits) return undefined;
        throw error.cause;
      }
      if (!waits || sqlStateOf(error) !== FULL) throw error;
      await this.#whileFull(startedAt, deadline, signal);
      return undefined;
    }
  }

  /** Waits before the server is asked again for a connection that it had no room for. */
  async #whileFull(startedAt: number, deadline: number, signal: AbortSignal | undefined): Promise<void> {
    const ms = FULL_MS * (1 - this.#random() / 2);
    if (this.clock.now() + ms >= deadline) throw this.#exhausted(startedAt, 'unopened');
    await this.clock.sleep(ms, signal);
    this.#refuseClosed();
  }

  /** Waits for the server, or refuses at once, unless there is a connection left that may still work. */
  async #whileDown(
    startedAt: number,
    deadline: number,
    signal: AbortSignal | undefined,
    use: LeaseUse,
  ): Promise<void> {
    const { facts } = this.#outage;
    if (!facts || this.#connections.idle > 0) return;
    if (use.whileDown === 'fail') {
      throw new PoolError('SERVER_DOWN', `"${this.#name}" cannot be reached: ${this.downReason}`, {
        cause: facts.cause,
      });
    }
    if (!(await this.#outage.over(deadline, signal))) throw this.#exhausted(startedAt, 'down');
    this.#refuseClosed();
  }

  #failed(error: unknown): void {
    if (error instanceof UnreachableError) this.#outage.begin(error.cause);
  }

  /** Opens a connection as any caller would, if there is a place for it. */
  async #probe(): Promise<void> {
    if (!this.#line.tryEnter()) throw this.#outage.facts?.cause;
    try {
      await outside(() => withoutDeadline(() => this.#connections.probe()));
    } catch (error) {
      throw error instanceof UnreachableError ? error.cause : error;
    } finally {
      this.#line.leave();
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#outage.close();
    if (this.#leases.size > 0) {
      const drained = new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      await within(this.clock, timeoutMs, drained);
    }
    for (const lease of [...this.#leases.keys()]) lease.takeAway(new DatabaseClosedError());
    await this.#connections.close();
  }

  #refuseClosed(): void {
    if (this.#closing) throw new PoolError('CLOSED', `the database "${this.#name}" has been closed`);
  }

  #exhausted(startedAt: number, how: Exhaustion): PoolError {
    this.#tell(how === 'down' ? 'down' : 'exhausted');
    return exhaustedError(how, {
      name: this.#name,
      waitedMs: this.clock.now() - startedAt,
      stats: this.stats,
      holders: this.#holders.list(),
      downReason: this.downReason,
      cause: this.#outage.facts?.cause,
    });
  }

  #wordsFor(cause: unknown): string {
    const verdict = classifyPostgres(cause, this.clock.epochNow());
    return verdict ? explainVerdict(verdict) : 'it could not be reached';
  }

  #changed(down: boolean): void {
    if (down) {
      this.#logger.warn({ pool: this.#name, reason: this.downReason }, 'the database cannot be reached');
      this.#tell('down');
      return;
    }
    this.#logger.info({ pool: this.#name }, 'the database is back');
    this.#settle();
    this.warm();
  }

  /** Back to normal, unless something still is not. */
  #settle(): void {
    if (this.#state === 'ok' || this.#outage.facts || this.#holders.leaking > 0) return;
    if (this.#state === 'exhausted' && this.#line.waiting > 0) return;
    this.#tell('ok');
  }

  #tell(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    const { inUse, waiting, limit } = this.stats;
    publish({ kind: 'pool', name: this.#name, package: 'db', state, inUse, waiting, limit });
  }
}
