import type { SessionStore, StoreCallback } from '@resilient/session';

/** The message of a driver, which nobody may see. */
export const SECRET = 'sk-live-SECRET';

/**
 * Sessions as text, answered later, as every store does that is not a toy: a synchronous one hides what ends a process.
 * It can be down for reads, for writes, or not answer at all.
 */
export class TextStore implements SessionStore {
  readonly rows = new Map<string, string>();
  failing: { readonly reads?: boolean; readonly writes?: boolean; readonly silent?: boolean } = {};
  writes = 0;
  reads = 0;
  readonly #readers = new Map<string, number>();

  get(id: string, callback: StoreCallback<unknown>): void {
    this.reads += 1;
    if (this.failing.silent) return;
    setImmediate(() => {
      if (this.failing.reads)
        return callback(new Error(`connect ECONNREFUSED postgres://app:${SECRET}@10.0.0.7`));
      const text = this.rows.get(id);
      if (text === undefined) return callback(null, null);
      let row: unknown;
      try {
        row = JSON.parse(text);
      } catch (error) {
        return callback(error);
      }
      // Outside the `try`: what the host throws here is nobody's to catch, and ends the process.
      callback(null, row);
    });
  }

  set(id: string, session: object, callback: StoreCallback): void {
    this.#write(callback, () => this.rows.set(id, JSON.stringify(session)));
  }

  destroy(id: string, callback: StoreCallback): void {
    this.#write(callback, () => this.rows.delete(id));
  }

  #write(callback: StoreCallback, work: () => void): void {
    this.writes += 1;
    setImmediate(() => {
      if (this.failing.writes)
        return callback(new Error(`could not write to postgres://app:${SECRET}@10.0.0.7`));
      work();
      callback();
    });
  }

  /** Another process reads a row. */
  noteRead(id: string): void {
    this.#readers.set(id, this.readsOf(id) + 1);
  }

  /** How often other processes have read a row. */
  readsOf(id: string): number {
    return this.#readers.get(id) ?? 0;
  }

  /** The id under which a user is logged in. */
  idOf(user: string): string {
    const found = [...this.rows].find(([, text]) => text.includes(user));
    if (found === undefined) throw new Error('nobody is logged in with this id');
    return found[0];
  }
}
