import { EventEmitter } from 'node:events';

type Done = (error?: unknown, row?: unknown) => void;

/** A store of rows as text, answered later, that notes what it is asked to write. */
export class MemoryStore extends EventEmitter {
  readonly rows = new Map<string, string>();
  readonly writes: string[] = [];
  /** The next calls of these names fail. */
  readonly failing = new Set<string>();

  get(id: string, callback: Done): void {
    const text = this.rows.get(id);
    this.#answer('get', callback, () => (text === undefined ? null : JSON.parse(text)));
  }

  set(id: string, session: object, callback: Done): void {
    const text = JSON.stringify(session);
    this.#answer('set', callback, () => {
      this.writes.push(`set ${id}`);
      this.rows.set(id, text);
    });
  }

  destroy(id: string, callback: Done): void {
    this.#answer('destroy', callback, () => {
      this.writes.push(`destroy ${id}`);
      this.rows.delete(id);
    });
  }

  #answer(name: string, callback: Done, work: () => unknown): void {
    setImmediate(() => {
      if (this.failing.has(name)) callback(new Error(`no ${name} today`));
      else callback(null, work());
    });
  }
}

/** One that moves a session's end, as most stores do. */
export class TouchingStore extends MemoryStore {
  touch(id: string, session: { cookie?: unknown }, callback: Done): void {
    const { cookie } = JSON.parse(JSON.stringify(session)) as { cookie?: unknown };
    setImmediate(() => {
      const text = this.rows.get(id);
      this.writes.push(`touch ${id}`);
      if (text !== undefined) this.rows.set(id, JSON.stringify({ ...(JSON.parse(text) as object), cookie }));
      callback();
    });
  }
}
