import type { TimerHandle } from './clock.ts';

/** Width of a slot: a shared timer fires up to this much late, never early. */
export const SLOT_MS = 25;

/** Node fires a longer timer after 1 ms instead; a farther instant is reached in several steps. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer, as whoever set it holds it. */
export class SharedTimer {
  callback: () => void;
  readonly slot: number;
  readonly background: boolean;

  constructor(callback: () => void, slot: number, background: boolean) {
    this.callback = callback;
    this.slot = slot;
    this.background = background;
  }
}

const cleared = (): void => {};

/** What the timers stand on; given, so that they can be tested without waiting. */
export interface TimerSource {
  now(): number;
  arm(callback: () => void, ms: number): { ref(): unknown; unref(): unknown; close(): unknown };
}

/**
 * Many limits, one timer of Node's: Node keeps a list for each duration and makes it anew each time it empties,
 * which costs a call more than all the rest of its path (0.5 µs against 0.2). Limits are put in slots of
 * {@link SLOT_MS}; one timer waits for the next slot, and keeps the process alive only while a foreground entry waits.
 */
export class SharedTimers {
  readonly #source: TimerSource;
  readonly #slots = new Map<number, Set<SharedTimer>>();
  #timer: ReturnType<TimerSource['arm']> | undefined;
  #armedSlot = Number.POSITIVE_INFINITY;
  #foreground = 0;
  #emptySlot = Number.NaN;

  constructor(source: TimerSource) {
    this.#source = source;
  }

  /** Number of entries that wait. */
  get size(): number {
    let size = 0;
    for (const entries of this.#slots.values()) size += entries.size;
    return size;
  }

  /** Number of slots kept: those in use, and one that is empty. */
  get slots(): number {
    return this.#slots.size;
  }

  /** Calls `callback` once, at the first slot that begins `ms` from now or later. */
  set(callback: () => void, ms: number, background: boolean): TimerHandle {
    const slot = Math.ceil((this.#source.now() + ms) / SLOT_MS);
    const entry = new SharedTimer(callback, slot, background);
    let entries = this.#slots.get(slot);
    if (!entries) {
      entries = this.#dropEmpty() ?? new Set();
      this.#slots.set(slot, entries);
    }
    entries.add(entry);
    if (slot < this.#armedSlot) this.#arm(slot);
    if (!background && ++this.#foreground === 1) this.#timer?.ref();
    return entry;
  }

  /** Forgets an entry; answers whether it was one that still waited. */
  clear(handle: TimerHandle): boolean {
    if (!(handle instanceof SharedTimer)) return false;
    const entry = handle;
    entry.callback = cleared; // it may be due already, behind another that is being called
    const entries = this.#slots.get(entry.slot);
    if (!entries?.delete(entry)) return false;
    if (entries.size === 0) this.#emptied(entry.slot);
    this.#left(entry);
    return true;
  }

  /** The last slot that became empty stays: made anew for each call it would be the dearest part of setting a limit. */
  #emptied(slot: number): void {
    if (slot === this.#emptySlot) return;
    this.#dropEmpty();
    this.#emptySlot = slot;
  }

  /** Forgets the empty slot, and answers its set if it is still empty. */
  #dropEmpty(): Set<SharedTimer> | undefined {
    const entries = this.#slots.get(this.#emptySlot);
    if (entries?.size !== 0) return undefined;
    this.#slots.delete(this.#emptySlot);
    return entries;
  }

  #left(entry: SharedTimer): void {
    if (!entry.background && --this.#foreground === 0) this.#timer?.unref();
  }

  #arm(slot: number): void {
    this.#timer?.close();
    this.#armedSlot = slot;
    const ms = slot * SLOT_MS - this.#source.now();
    this.#timer = this.#source.arm(() => this.#fire(), Math.min(Math.max(ms, 0), LONGEST_MS));
    if (this.#foreground === 0) this.#timer.unref();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedSlot = Number.POSITIVE_INFINITY;
    const now = this.#source.now();
    let next = Number.POSITIVE_INFINITY;
    const due: SharedTimer[] = [];
    for (const [slot, entries] of this.#slots) {
      if (slot * SLOT_MS > now && entries.size > 0) {
        if (slot < next) next = slot;
        continue;
      }
      this.#slots.delete(slot);
      for (const entry of entries) due.push(entry); // as arguments, 100,000 would overflow the stack
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
    for (const entry of due) this.#left(entry);
    for (const entry of due) queueMicrotask(() => entry.callback()); // one that throws must not stop the others
  }
}
