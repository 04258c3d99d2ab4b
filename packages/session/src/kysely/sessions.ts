import { SessionConflictError } from '../errors/session-conflict-error.ts';
import { originOf, setLineage } from '../store/lineage.ts';
import { expiryOf, isFresh } from './expiry.ts';
import { hashOf } from './id-hash.ts';
import { type Lineage, lineageOfRow, lineageUnder } from './lineage.ts';
import type { SessionDatabase, StoreSettings } from './options.ts';
import { Pruner } from './pruner.ts';
import { reportConflict } from './report-conflict.ts';
import { tooLarge } from './session-size.ts';
import { type NewRow, SessionTable } from './session-table.ts';
import { keysOfText, sameButNotes } from './session-text.ts';
import { userIdOf } from './user-id.ts';

type WriteNew = (row: NewRow) => Promise<number | undefined>;

/** The store, with promises: what is read, and which of the ways to write a session is taken. */
export class Sessions {
  readonly #settings: StoreSettings;
  readonly #table: SessionTable;
  readonly #pruner: Pruner;
  /** Saves of one session of a request in turn: a host may start one while another is under way. */
  readonly #saving = new WeakMap<object, Promise<void>>();

  constructor(db: SessionDatabase, settings: StoreSettings) {
    this.#settings = settings;
    this.#table = new SessionTable(db, settings);
    this.#pruner = new Pruner(db, settings);
  }

  async get(id: string): Promise<unknown> {
    const row = await this.#table.find(hashOf(id));
    if (row === undefined) return null;
    const session = await this.#table.read(row);
    if (typeof session === 'object' && session !== null) setLineage(session, lineageOfRow(row));
    return session;
  }

  /** Saves a session; one that was read here only if it is still there. */
  set(id: string, session: object): Promise<void> {
    return this.#inTurn(session, () => this.#save(id, session, (row) => this.#table.upsert(row)));
  }

  /** Saves a session unless it is gone: one statement, so that a log-out elsewhere is not undone. */
  replace(id: string, session: object): Promise<void> {
    return this.#inTurn(session, () => this.#save(id, session, (row) => this.#table.update(row)));
  }

  async touch(id: string, session: object): Promise<void> {
    const key = hashOf(id);
    const from = lineageUnder(key, session) ?? (await this.#stored(key));
    if (from !== undefined) await this.#prolong(session, from, expiryOf(session, this.#settings));
  }

  destroy(id: string): Promise<void> {
    return this.#table.remove(hashOf(id));
  }

  destroyAllOf(userId: string, exceptId: string | undefined): Promise<number> {
    return this.#table.removeAllOf(userId, exceptId === undefined ? undefined : hashOf(exceptId));
  }

  readRaw(id: string): Promise<Uint8Array | undefined> {
    return this.#table.readRaw(hashOf(id));
  }

  async prune(): Promise<number> {
    await this.#table.prepare();
    return this.#pruner.prune();
  }

  #inTurn(session: object, save: () => Promise<void>): Promise<void> {
    const origin = originOf(session);
    const before = this.#saving.get(origin);
    const turn = before === undefined ? save() : before.then(save, save);
    this.#saving.set(origin, turn);
    turn.catch(() => {}); // told to whoever saves
    return turn;
  }

  /**
   * Rolling sessions are saved with every request: a row that would stay as it is is not written. A session that was
   * read here is compared with what was read; of any other it is not known what it began with, and it is written whole.
   */
  async #save(id: string, session: object, writeNew: WriteNew): Promise<void> {
    const text = JSON.stringify(session);
    const key = hashOf(id);
    const expiresAt = expiryOf(session, this.#settings);
    const from = lineageUnder(key, session);
    if (from === undefined) await this.#saveWhole(key, session, text, expiresAt, writeNew);
    else if (sameButNotes(from.seen, text)) await this.#prolong(session, from, expiresAt);
    else await this.#saveLoaded(session, from, text, expiresAt);
  }

  async #saveWhole(
    key: string,
    session: object,
    text: string,
    expiresAt: number,
    write: WriteNew,
  ): Promise<void> {
    const { maxBytes, userIdKey } = this.#settings;
    const stored = await this.#stored(key);
    if (stored !== undefined && this.#isFresh(stored, expiresAt) && sameButNotes(stored.stored, text)) return;
    const error = tooLarge(text, stored?.stored ?? '', maxBytes);
    if (error !== undefined) throw error;
    const user_id = userIdOf(keysOfText(text), userIdKey);
    const rev = await write({ id: key, data: text, user_id, expires_at: expiresAt });
    if (rev !== undefined) setLineage(session, { key, rev, stored: text, seen: text, expiresAt });
    this.#pruner.afterWrite();
  }

  async #saveLoaded(session: object, from: Lineage, text: string, expiresAt: number): Promise<void> {
    const written = await this.#table.compareAndSet({ from, text, expiresAt });
    if (written instanceof Error) throw written;
    reportConflict(written, this.#settings.names, this.#settings.logger);
    if (written === 'refused') throw new SessionConflictError();
    if (typeof written === 'string') return; // logged out meanwhile: it stays so
    const { rev, stored } = written;
    setLineage(session, { key: from.key, rev, stored, seen: text, expiresAt });
    this.#pruner.afterWrite();
  }

  /** Moves the end of a session, at most every `touchEveryMs`. */
  async #prolong(session: object, from: Lineage, expiresAt: number): Promise<void> {
    if (this.#isFresh(from, expiresAt)) return;
    await this.#table.prolong(from.key, expiresAt);
    if (lineageUnder(from.key, session) !== undefined) setLineage(session, { ...from, expiresAt });
  }

  async #stored(key: string): Promise<Lineage | undefined> {
    const row = await this.#table.find(key);
    return row === undefined ? undefined : lineageOfRow(row);
  }

  #isFresh(from: Lineage, expiresAt: number): boolean {
    return isFresh(from.expiresAt, expiresAt, this.#settings);
  }
}
