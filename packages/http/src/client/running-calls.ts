import type { Call, CallList } from './call.ts';

/** The running calls of a client, as a linked list: it takes no memory of its own, and a fifth of the time of a Set. */
export class RunningCalls implements CallList {
  #first: Call<unknown> | undefined;
  #onEmpty: (() => void) | undefined;

  add(call: Call<unknown>): void {
    call.after = this.#first;
    if (this.#first) this.#first.before = call;
    this.#first = call;
  }

  remove(call: Call<unknown>): void {
    const { before, after } = call;
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    call.before = undefined;
    call.after = undefined;
    if (!this.#first) this.#onEmpty?.();
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Calls `onEmpty` whenever the last one has left. */
  whenEmpty(onEmpty: () => void): void {
    this.#onEmpty = onEmpty;
  }

  /** Ends those that are left. */
  closeAll(): void {
    while (this.#first) this.#first.close();
  }
}
