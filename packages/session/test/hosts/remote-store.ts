import type { ChildProcess } from 'node:child_process';
import type { SessionStore, StoreCallback } from '@resilient/session';
import type { TextStore } from './text-store.ts';

interface Question {
  readonly n: number;
  readonly method: 'get' | 'set' | 'destroy';
  readonly id: string;
  readonly text?: string;
}

interface Reply {
  readonly n: number;
  readonly text?: string | undefined;
}

/** In a child process: a store whose rows are its parent's, so that several processes share them. */
export class RemoteStore implements SessionStore {
  readonly #waiting = new Map<number, (text: string | undefined) => void>();
  #last = 0;

  constructor() {
    process.on('message', ({ n, text }: Reply) => {
      const answer = this.#waiting.get(n);
      this.#waiting.delete(n);
      answer?.(text);
    });
  }

  #ask(question: Omit<Question, 'n'>, answer: (text: string | undefined) => void): void {
    this.#last += 1;
    this.#waiting.set(this.#last, answer);
    process.send?.({ ...question, n: this.#last });
  }

  get(id: string, callback: StoreCallback<unknown>): void {
    this.#ask({ method: 'get', id }, (text) => {
      if (text === undefined) return callback(null, null);
      let row: unknown;
      try {
        row = JSON.parse(text);
      } catch (error) {
        return callback(error);
      }
      callback(null, row);
    });
  }

  set(id: string, session: object, callback: StoreCallback): void {
    this.#ask({ method: 'set', id, text: JSON.stringify(session) }, () => callback());
  }

  destroy(id: string, callback: StoreCallback): void {
    this.#ask({ method: 'destroy', id }, () => callback());
  }
}

/** In the parent: answers the stores of a child. */
export function serveRows(child: ChildProcess, store: TextStore): void {
  child.on('message', (message) => {
    const { n, method, id, text } = message as Question;
    if (method === 'set') store.rows.set(id, text ?? '');
    else if (method === 'destroy') store.rows.delete(id);
    else store.noteRead(id);
    const found = method === 'get' ? store.rows.get(id) : undefined;
    if (child.connected) child.send({ n, text: found } satisfies Reply);
  });
}
