/** How many sessions that were read and not yet written are remembered. */
const MAX_ROWS = 1_000;

/** What was read under an id, until it is written: what a handler stores is a new object that lacks what it cannot see. */
export class RecentRows {
  readonly #rows = new Map<string, object>();

  add(id: string, row: object): void {
    this.#rows.delete(id);
    this.#rows.set(id, row);
    if (this.#rows.size > MAX_ROWS) this.#rows.delete(this.#rows.keys().next().value as string);
  }

  take(id: string): object | undefined {
    const row = this.#rows.get(id);
    this.#rows.delete(id);
    return row;
  }
}
