import { checkType, WorkScope } from '@resilient/core';

/** What `work` is given beside its transaction. */
export interface UnitContext {
  /** 1 for the first run of the unit. */
  readonly attempt: number;
  /** Aborted when the time is up or the caller gives up; later statements throw as well. */
  readonly signal: AbortSignal;
  /**
   * Calls `hook` once the unit is proven to be committed, in the order given, each awaited. What it throws is logged and
   * changes nothing. It is lost if the process dies in between: what must happen belongs into a table.
   *
   * @throws TypeError if it is no function, Error once the unit has ended
   */
  onCommit(hook: () => unknown): void;
}

/** One run of a unit, as `work` sees it. */
export class UnitScope extends WorkScope implements UnitContext {
  readonly attempt: number;
  #hooks: (() => unknown)[] | undefined;
  #onCommit: UnitContext['onCommit'] | undefined;
  #ended = false;

  constructor(attempt: number, deadline: number, parent: AbortSignal | undefined) {
    super(deadline, parent);
    this.attempt = attempt;
  }

  /** May be taken out of the context; made when it is first read. */
  get onCommit(): UnitContext['onCommit'] {
    this.#onCommit ??= (hook) => this.#add(hook);
    return this.#onCommit;
  }

  /** Takes over the hooks of a nested unit, which wait for this one. */
  adopt(hooks: readonly (() => unknown)[]): void {
    if (hooks.length > 0) this.#hooks = [...(this.#hooks ?? []), ...hooks];
  }

  /** Takes no more hooks, and answers those there are. */
  end(): readonly (() => unknown)[] {
    this.#ended = true;
    return this.#hooks ?? NONE;
  }

  #add(hook: () => unknown): void {
    checkType('hook', hook, 'function');
    if (this.#ended) throw new Error('onCommit was called after the unit of work had ended');
    this.#hooks ??= [];
    this.#hooks.push(hook);
  }
}

const NONE: readonly (() => unknown)[] = Object.freeze([]);
