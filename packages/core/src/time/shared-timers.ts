import type { TimerHandle } from './clock.ts';

/** Width of a slot: a shared timer fires up to this much late, never early. */
export const SLOT_MS = 25;

/** Node fires a longer timer after 1 ms instead; a farther instant is reached in several steps. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer, as whoever set it holds it, and a member of its slot's list: a set would cost twice the time. */
export class SharedTimer {
  callback: () => void;
  readonly background: boolean;
  /** The slot that it waits in; `undefined` once it does not. */
  slot: Slot | undefined;
  before: SharedTimer | undefined;
  after: SharedTimer | undefined;

  constructor(callback: () => void, slot: Slot, background: boolean) {
    this.callback = callback;
    this.slot = slot;
    this.background = background;
  }

  /** It waits no more, and holds none of those that it waited with. */
  leave(): void {
    this.slot = undefined;
    this.before = undefined;
    this.after = undefined;
  }
}

/** The timers that are due together, the last one set first. */
class Slot {
  number: number;
  first: SharedTimer | undefined;

  constructor(number: number) {
    this.number = number;
  }

  add(entry: SharedTimer): void {
    const { first } = this;
    if (first) {
      entry.after = first;
      first.before = entry;
    }
    this.first = entry;
  }

  remove(entry: SharedTimer): void {
    const { before, after } = entry;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    entry.leave();
  }

  /** In the order in which they were set. */
  entries(): SharedTimer[] {
    const all: SharedTimer[] = [];
    for (let entry = this.first; entry; entry = entry.after) all.push(entry);
    return all.reverse();
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
  readonly #slots = new Map<number, Slot>();
  #timer: ReturnType<TimerSource['arm']> | undefined;
  #armedSlot = Number.POSITIVE_INFINITY;
  #foreground = 0;
  /** The slot that became empty last, if it was not used again. */
  #empty: Slot | undefined;
  /** The slot that was used last: mostly the next one's as well. */
  #last: Slot | undefined;

  constructor(source: TimerSource) {
    this.#source = source;
  }

  /** Number of entries that wait. */
  get size(): number {
    let size = 0;
    for (const slot of this.#slots.values()) size += slot.entries().length;
    return size;
  }

  /** Number of slots kept: those in use, and one that is empty. */
  get slots(): number {
    return this.#slots.size;
  }

  /** Calls `callback` once, at the first slot that begins `ms` after `since`, or later. */
  set(
    callback: () => void,
    ms: number,
    background: boolean,
    since: number = this.#source.now(),
  ): TimerHandle {
    const number = Math.ceil((since + ms) / SLOT_MS);
    const slot = this.#last?.number === number ? this.#last : this.#slotOf(number);
    const entry = new SharedTimer(callback, slot, background);
    slot.add(entry);
    if (number < this.#armedSlot) this.#arm(number);
    if (!background && ++this.#foreground === 1) this.#timer?.ref();
    return entry;
  }

  /** Forgets an entry; answers whether it was one that still waited. */
  clear(handle: TimerHandle): boolean {
    if (!(handle instanceof SharedTimer)) return false;
    handle.callback = cleared; // it may be due already, behind another that is being called
    const { slot } = handle;
    if (!slot) return false;
    slot.remove(handle);
    if (!slot.first) this.#emptied(slot);
    this.#left(handle);
    return true;
  }

  #slotOf(number: number): Slot {
    let slot = this.#slots.get(number);
    if (!slot) {
      slot = this.#dropEmpty() ?? new Slot(number);
      slot.number = number;
      this.#slots.set(number, slot);
    }
    this.#last = slot;
    return slot;
  }

  /** The last slot that became empty stays: made anew for each call it would be the dearest part of setting a limit. */
  #emptied(slot: Slot): void {
    if (slot === this.#empty) return;
    this.#dropEmpty();
    this.#empty = slot;
  }

  /** Forgets the empty slot, and answers it if it is still empty. */
  #dropEmpty(): Slot | undefined {
    const slot = this.#empty;
    this.#empty = undefined;
    if (!slot || slot.first) return undefined;
    this.#slots.delete(slot.number);
    if (this.#last === slot) this.#last = undefined;
    return slot;
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
    for (const [number, slot] of this.#slots) {
      if (number * SLOT_MS > now && slot.first) {
        if (number < next) next = number;
        continue;
      }
      this.#slots.delete(number);
      for (const entry of slot.entries()) due.push(entry); // as arguments, 100,000 would overflow the stack
    }
    for (const entry of due) entry.leave();
    this.#last = undefined;
    this.#empty = undefined;
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
    for (const entry of due) this.#left(entry);
    for (const entry of due) queueMicrotask(() => entry.callback()); // one that throws must not stop the others
  }
}
