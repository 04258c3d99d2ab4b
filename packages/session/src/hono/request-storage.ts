import { pendingAt, pendingsOf } from '../defaults/pending.ts';
import { rowOf } from '../save/row-of.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { passLineage } from '../store/lineage.ts';
import type { SessionCare } from '../store/session-care.ts';
import type { Origin, WrappedStore } from '../store/wrap-store.ts';
import { errorPage } from './error-page.ts';
import type { PendingWrites } from './pending-writes.ts';
import type { HealedStorage } from './types.ts';

/** What a store answered, and where it comes from. */
export interface Found {
  readonly row: Record<string, unknown> | null;
  readonly from: Origin | undefined;
}

/** What the requests of a site share. */
export interface Site {
  readonly care: SessionCare;
  readonly wrapped: WrappedStore;
  readonly writes: PendingWrites;
  read(sid: string): Promise<Found>;
  write(sid: string, row: object): void;
}

/** What a handler stored, with what it could not see: values of a newer release, and the version of the shape. */
function complete(value: Record<string, unknown>, loaded: object | undefined, care: SessionCare): object {
  const row = { ...value };
  if (loaded !== undefined) {
    for (const [name, { original }] of pendingsOf(loaded)) {
      const isHeld = original !== undefined && pendingAt(loaded, name) !== undefined;
      if (isHeld && !Object.hasOwn(row, name)) row[name] = original.value;
    }
    const version: unknown = Reflect.get(loaded, VERSION_KEY);
    if (version !== undefined && !Object.hasOwn(row, VERSION_KEY)) row[VERSION_KEY] = version;
    passLineage(loaded, row);
  }
  care.show(row); // what is missing is stored with it
  care.ready(row);
  return row;
}

/** The signal of a request, as hono has it. */
const signalOf = (context: object): AbortSignal | undefined =>
  (context as { req?: { raw?: { signal?: AbortSignal } } }).req?.raw?.signal;

/** The storage of one request. */
export class RequestStorage implements HealedStorage {
  readonly #site: Site;
  readonly #context: object;
  /** What this request has read, by id. */
  readonly #loaded = new Map<string, object>();
  /** The host reads once more before it stores: what a handler changed may be the row that it was given first. */
  readonly #given = new WeakSet<object>();

  constructor(site: Site, context: object) {
    this.#site = site;
    this.#context = context;
  }

  async get(sid: string): Promise<Record<string, unknown> | null> {
    const { care, writes, read } = this.#site;
    await writes.settled(sid);
    const { row, from } = await read(sid);
    // Logged out while this request ran. For no row the host would store what the handler holds under a new id.
    if (row === null) return this.#loaded.has(sid) ? {} : null;
    if (from === 'down') {
      care.show(row);
      return row;
    }
    const before = JSON.stringify(row);
    const { needsRestore } = care.heal(row, sid);
    if (needsRestore) await care.restore(row, signalOf(this.#context));
    this.#loaded.set(sid, row);
    this.#given.add(row);
    // The host stores what a handler updates, and nothing else: a repair would be made with each request.
    const after = rowOf(row, { ...care.rules, seal: undefined }, sid);
    if (JSON.stringify(after) !== before) this.#site.write(sid, row);
    return row;
  }

  set(sid: string, value: Record<string, unknown>): void {
    const { care, wrapped, write } = this.#site;
    const failed = wrapped.failsToWrite && !wrapped.anonymous;
    write(sid, complete(value, this.#given.has(value) ? value : this.#loaded.get(sid), care));
    if (failed) throw errorPage(); // the one before was not waited for either
  }

  delete(sid: string): void {
    const { wrapped, writes } = this.#site;
    writes.add(sid, (done) => wrapped.destroy(sid, () => done()));
  }
}
