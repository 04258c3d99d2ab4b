import {
  type Clock,
  checkDuration,
  checkKnown,
  checkOneOf,
  checkType,
  isResilientError,
  type Logger,
  loggerOf,
  refuse,
  systemClock,
} from '@resilient/core';
import { SessionStoreError, type StoreOperation } from '../errors/session-store-error.ts';
import { publishRepairs } from '../heal/publish-repairs.ts';
import { typeName } from '../heal/type-name.ts';
import { rowOf } from '../save/row-of.ts';
import { type CompiledShape, rulesOf } from '../shape/compiled-shape.ts';
import { HOST_METHODS } from '../shape/reserved-names.ts';
import type { SessionShape } from '../shape/types.ts';
import { askStore } from './ask-store.ts';
import { STORE_DEFAULTS } from './defaults.ts';
import { dropUnstorable } from './drop-unstorable.ts';
import { passLineage } from './lineage.ts';
import { isCorruption, type RowCookie, type RowHost, readRow } from './read-row.ts';
import { RecentIds } from './recent-ids.ts';
import { type DamageReport, reportDamage } from './report-damage.ts';
import { StoreHealth } from './store-health.ts';
import type { HealingStoreOptions, SessionStore } from './types.ts';

/** What a session that the host is about to make is made of. */
export type Origin = 'loaded' | 'reset' | 'down';

/** What an adapter hears from the wrapper. */
export interface StoreWatch {
  /** Called right before the host is answered with a row for an id, and with nothing right after. */
  answering(origin?: Origin, id?: string, row?: object): void;
  /** A session was saved, or was not although the host has been told so (`onStoreDown: 'anonymous'`). */
  written(session: object, saved: boolean): void;
}

const OPTIONS = [
  'onStoreDown',
  'storeTimeoutMs',
  'writeTimeoutMs',
  'hostMethods',
  'quarantine',
  'readRaw',
  'name',
  'logger',
  'clock',
];

/** Errors that say something of the session, not of the store. */
const OF_THE_SESSION = ['SESSION_TOO_LARGE', 'SESSION_CONFLICT'] as const;

/** What an adapter knows beside the user's options. */
export interface WrapSettings {
  readonly watch?: StoreWatch;
  /** See {@link RowHost}. @defaultValue `true` */
  readonly hasCookie?: boolean;
  /**
   * The host calls `touch` where a store has it, so that the text of a row may be older than the row.
   * @defaultValue `true`
   */
  readonly hostTouches?: boolean;
}

type Done = (error?: unknown) => void;

/** The wrapper itself; {@link healingStore} is its public face. */
export class WrappedStore {
  readonly #store: SessionStore;
  readonly #rules: CompiledShape;
  readonly #watch: StoreWatch | undefined;
  /** Requests go on without a session while the store is down. */
  readonly anonymous: boolean;
  readonly #storeTimeoutMs: number;
  readonly #writeTimeoutMs: number;
  readonly #host: RowHost;
  readonly #touches: boolean;
  readonly #damage: DamageReport;
  readonly clock: Clock;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #health: StoreHealth;
  /** Loaded or saved here: saved again only if the row is still there. */
  readonly #seen: RecentIds;
  readonly #destroyed: RecentIds;
  /** Not readable when last asked: a session made in their place must not be written over them. */
  readonly #unreadable: RecentIds;

  constructor(
    store: SessionStore,
    shape: SessionShape,
    options: HealingStoreOptions = {},
    { watch, hasCookie = true, hostTouches = true }: WrapSettings = {},
  ) {
    checkKnown('healingStore', options, OPTIONS);
    for (const method of ['get', 'set', 'destroy'] as const) {
      if (typeof (store as SessionStore | null | undefined)?.[method] !== 'function') {
        throw refuse('store', `an object with a function \`${method}\``, store);
      }
    }
    const { rememberedIds, rememberDestroyedMs } = STORE_DEFAULTS;
    const name = checkType('name', options.name ?? 'session', 'string');
    const mode = checkOneOf('onStoreDown', options.onStoreDown ?? STORE_DEFAULTS.onStoreDown, [
      'fail',
      'anonymous',
    ]);
    this.#store = store;
    this.#rules = rulesOf(shape);
    this.#watch = watch;
    this.anonymous = mode === 'anonymous';
    this.#storeTimeoutMs = checkDuration(
      'storeTimeoutMs',
      options.storeTimeoutMs ?? STORE_DEFAULTS.storeTimeoutMs,
    );
    this.#writeTimeoutMs = checkDuration(
      'writeTimeoutMs',
      options.writeTimeoutMs ?? STORE_DEFAULTS.writeTimeoutMs,
    );
    for (const option of ['quarantine', 'readRaw'] as const)
      if (options[option] !== undefined) checkType(option, options[option], 'function');
    this.#touches = hostTouches && typeof store.touch === 'function';
    this.#host = { hostMethods: new Set(options.hostMethods ?? HOST_METHODS), hasCookie };
    this.#name = name;
    this.clock = options.clock ?? systemClock;
    this.#logger = loggerOf(options.logger);
    this.#damage = {
      quarantine: options.quarantine,
      readRaw: options.readRaw ?? store.readRaw?.bind(store),
      failed: () => this.#logger.warn({ store: name }, 'the function `quarantine` failed'),
    };
    this.#health = new StoreHealth(name, this.#logger);
    this.#seen = new RecentIds(this.clock, rememberedIds);
    this.#destroyed = new RecentIds(this.clock, rememberedIds, rememberDestroyedMs);
    this.#unreadable = new RecentIds(this.clock, rememberedIds, rememberDestroyedMs);
  }

  get(id: string, callback: (error: unknown, session?: never) => void): void {
    this.#read(id, (error, row) => {
      if (error !== undefined) this.#unread(id, error, callback);
      else if (row === undefined || row === null) callback(null);
      else {
        const { data, reset } = readRow(row, this.#host);
        passLineage(row, data);
        if (this.#host.hasCookie && this.#isExpired(data.cookie)) {
          this.#forget(id);
          callback(null);
          return;
        }
        if (reset) {
          publishRepairs([{ key: '', kind: 'session', action: 'reset', found: typeName(row) }], this.#name);
          void reportDamage(id, 'not-an-object', this.#damage);
        } else dropUnstorable(data, this.#rules);
        this.#seen.add(id);
        this.#answer(reset ? 'reset' : 'loaded', id, () => callback(null, data as never), data);
      }
    });
  }

  set(id: string, session: object, callback: Done): void {
    if (this.#destroyed.has(id) || this.#unreadable.has(id)) callback();
    else if (!this.#seen.has(id)) this.#write('set', id, session, callback);
    else if (typeof this.#store.replace === 'function') this.#write('replace', id, session, callback);
    else this.#overwrite(id, session, callback);
  }

  /** Where rows are touched, the text may be older than the row: what the store finds has not expired. */
  #isExpired(cookie: RowCookie | undefined): boolean {
    if ((cookie?.expires?.getTime() ?? Number.POSITIVE_INFINITY) > this.clock.epochNow()) return false;
    if (!this.#touches) return true;
    delete cookie?.expires;
    return false;
  }

  /** Its cookie has expired: hosts would make a new row for it, and an anonymous visitor needs none. */
  #forget(id: string): void {
    this.#destroyed.add(id);
    const ignore = (): void => {};
    askStore(this.clock, this.#writeTimeoutMs, (answer) => this.#store.destroy(id, answer), ignore);
  }

  /** It was loaded, or saved before: if it is gone now, its user has logged out elsewhere, and it stays gone. */
  #overwrite(id: string, session: object, callback: Done): void {
    this.#read(id, (error, row) => {
      if (error !== undefined && !isCorruption(error)) this.#unsaved('set', error, session, callback);
      else if (error === undefined && (row === undefined || row === null)) callback();
      else this.#write('set', id, session, callback);
    });
  }

  destroy(id: string, callback: Done = () => {}): void {
    this.#destroyed.add(id); // before the store is asked: a slow request may save meanwhile
    askStore(
      this.clock,
      this.#writeTimeoutMs,
      (answer) => this.#store.destroy(id, answer),
      (error) => {
        if (error === undefined) {
          this.#health.worked('destroy');
          callback();
        } else {
          this.#destroyed.delete(id); // it is still there, and its user has to be told so
          this.#health.failed('destroy', error);
          callback(new SessionStoreError('destroy', { cause: error }));
        }
      },
    );
  }

  touch(id: string, session: object, callback: Done): void {
    if (this.#destroyed.has(id) || this.#unreadable.has(id)) {
      callback();
      return;
    }
    askStore(
      this.clock,
      this.#writeTimeoutMs,
      (answer) => this.#store.touch?.(id, session, answer),
      (error) => {
        if (error !== undefined) {
          this.#unsaved('touch', error, session, callback);
          return;
        }
        this.#health.worked('touch');
        callback();
      },
    );
  }

  /** Asks a store that was down for a session that nobody has. */
  probe(done: (works: boolean) => void): void {
    this.#read('resilient-probe', (error) => done(error === undefined || isCorruption(error)));
  }

  /** Tells whether writes failed when last tried. */
  get failsToWrite(): boolean {
    return this.#health.isFailing('writes');
  }

  /** Takes out of a session what no store can keep, and says so in the log, without values. */
  dropUnstorable(session: object): void {
    const dropped = dropUnstorable(session, this.#rules);
    if (dropped.length === 0) return;
    const keys = dropped.map(({ key, kind }) => (kind === 'unknown' ? '(unknown)' : key));
    this.#logger.warn(
      { keys },
      'parts of a session cannot be stored (circular, BigInt, too deep): they were left out',
    );
  }

  #read(id: string, done: (error: unknown, row?: unknown) => void): void {
    askStore(
      this.clock,
      this.#storeTimeoutMs,
      (answer) => this.#store.get(id, answer),
      (error, row) => {
        const missing = (error as { code?: unknown } | undefined)?.code === 'ENOENT'; // stores of files
        if (error === undefined || missing) {
          this.#health.worked('get');
          this.#unreadable.delete(id);
          done(undefined, missing ? null : row);
        } else done(error);
      },
    );
  }

  /** A session could not be read: it is corrupt (its user gets a fresh one), or the store is down. */
  #unread(id: string, error: unknown, callback: (error: unknown, session?: never) => void): void {
    if (isCorruption(error)) {
      this.#health.corrupt();
      void reportDamage(id, 'not-json', this.#damage);
      callback(null);
      return;
    }
    this.#health.failed('get', error);
    if (this.anonymous) {
      this.#unreadable.add(id);
      this.#answer('down', id, () => callback(null, { cookie: {} } as never));
    } else {
      // A `reload` makes an empty session under the same id all the same: it must not be written over the row.
      this.#answer('down', id, () => callback(new SessionStoreError('get', { cause: error })));
    }
  }

  /** Answers the host while whoever watches knows where the session comes from that the host makes of it. */
  #answer(origin: Origin, id: string, answer: () => void, row?: object): void {
    this.#watch?.answering(origin, id, row);
    try {
      answer();
    } finally {
      this.#watch?.answering();
    }
  }

  #write(how: 'set' | 'replace', id: string, session: object, callback: Done): void {
    this.dropUnstorable(session);
    const row = rowOf(session, this.#rules, id);
    if (row !== session) passLineage(session, row);
    askStore(
      this.clock,
      this.#writeTimeoutMs,
      (answer) => this.#store[how]?.(id, row, answer),
      (error) => {
        if (error !== undefined) {
          this.#unsaved('set', error, session, callback);
          return;
        }
        this.#health.worked('set');
        if (row !== session) passLineage(row, session);
        this.#seen.add(id);
        this.#watch?.written(session, true);
        if (this.#destroyed.has(id))
          this.destroy(id, () => callback()); // logged out while it was written
        else callback();
      },
    );
  }

  #unsaved(operation: StoreOperation, error: unknown, session: object, callback: Done): void {
    if (OF_THE_SESSION.some((code) => isResilientError(error, code))) {
      callback(error);
      return;
    }
    this.#health.failed(operation, error);
    if (this.anonymous) {
      this.#watch?.written(session, false);
      callback();
    } else callback(new SessionStoreError(operation, { cause: error }));
  }
}
