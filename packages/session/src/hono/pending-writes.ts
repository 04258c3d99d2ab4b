/** Writes that nobody waits for, one after the other for each id, so that a later read finds what they wrote. */
export class PendingWrites {
  readonly #last = new Map<string, Promise<void>>();

  /** Starts a write, at once if no other of this id is under way. */
  add(id: string, write: (done: () => void) => void): void {
    const before = this.#last.get(id);
    const start = (): Promise<void> => new Promise((resolve) => write(resolve));
    const work: Promise<void> = before === undefined ? start() : before.then(start);
    this.#last.set(id, work);
    void work.then(() => {
      if (this.#last.get(id) === work) this.#last.delete(id);
    });
  }

  /** Resolves when nothing is being written under this id. */
  async settled(id: string): Promise<void> {
    for (let work = this.#last.get(id); work !== undefined; work = this.#last.get(id)) await work;
  }
}
