/**
 * What a piece of work is given: its `signal` and its `deadline`. The controller behind `signal` is made, and linked
 * to the caller's signal by one listener, only when `signal` is first read: most work never reads it.
 * @example
 * ```ts
 * import { WorkScope } from '@resilient/core';
 *
 * const scope = new WorkScope(Number.POSITIVE_INFINITY);
 * const { signal } = scope;
 * scope.abort('enough');
 * console.log(signal.reason); // enough
 * ```
 */
export class WorkScope {
  /** The instant, on the clock's scale, after which nothing of this work is running; `Infinity` for none. */
  readonly deadline: number;
  readonly #parent: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #follow: (() => void) | undefined;
  #aborted = false;
  #released = false;
  #reason: unknown;

  constructor(deadline: number, parent?: AbortSignal) {
    this.deadline = deadline;
    this.#parent = parent;
  }

  /** Aborted when time is up or the caller gives up; its reason says which. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    const controller = new AbortController();
    const parent = this.#parent;
    this.#controller = controller;
    if (this.#aborted) controller.abort(this.#reason);
    else if (parent?.aborted) controller.abort(parent.reason);
    else if (parent && !this.#released) {
      this.#follow = () => controller.abort(parent.reason);
      parent.addEventListener('abort', this.#follow, { once: true });
    }
    return controller.signal;
  }

  /** Tells the work to stop, with a reason; only the first one counts. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    this.release();
    this.#controller?.abort(reason);
  }

  /**
   * Hands over the link to the caller's signal, for what outlives the promise, such as a body: the function answered
   * cuts it, and holds nothing else of this scope. `undefined` if there is no link.
   */
  keep(): (() => void) | undefined {
    const parent = this.#parent;
    const follow = this.#follow;
    if (!follow) return undefined;
    this.#follow = undefined;
    return () => parent?.removeEventListener('abort', follow);
  }

  /** Takes the listener off the caller's signal, and sets no other: the work is over. */
  release(): void {
    this.#released = true;
    if (!this.#follow) return;
    this.#parent?.removeEventListener('abort', this.#follow);
    this.#follow = undefined;
  }
}
