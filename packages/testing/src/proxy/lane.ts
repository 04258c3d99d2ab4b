import type { Socket } from 'node:net';
import { realNow, realTimer } from '../real-time.ts';
import type { EffectiveFaults } from './link-faults.ts';

/** Queued bytes from which on the sender is held back. */
const HIGH_WATER = 256 * 1024;
/** A throttled lane sends in slices of this many milliseconds. */
const SLICE_MS = 20;

type Entry = { readonly dueAt: number } & ({ chunk: Buffer } | { readonly end: 'finish' | 'reset' });

/** What a lane tells its connection. */
export interface LaneEvents {
  /** Sends the bytes on; `false` when they ended the connection. */
  forward(chunk: Buffer): boolean;
  /** The sender ended its half in order, and all it sent was forwarded. */
  finish(): void;
  /** The sender's end broke, and all it sent was forwarded. */
  reset(): void;
}

/** One direction of a connection: takes bytes from `source`, and forwards them when the faults let it. */
export class Lane {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #faults: EffectiveFaults;
  readonly #events: LaneEvents;
  #entries: Entry[] = [];
  #queuedBytes = 0;
  #lastDueAt = 0;
  #waiting = false;
  #stopTimer: () => void = () => {};
  #closed = false;
  /** From when on the rate allows the next slice. */
  #nextSliceAt = 0;

  constructor(source: Socket, target: Socket, faults: EffectiveFaults, events: LaneEvents) {
    this.#source = source;
    this.#target = target;
    this.#faults = faults;
    this.#events = events;
    source.on('data', (chunk) => this.#take({ chunk: chunk as Buffer, dueAt: this.#dueAt() }));
    source.once('end', () => this.#take({ end: 'finish', dueAt: this.#dueAt() }));
    source.on('error', () => this.#take({ end: 'reset', dueAt: this.#dueAt() }));
  }

  /** Forwards what may go now; called again when a fault changed. */
  pump(): void {
    while (!this.#waiting && !this.#closed && !this.#faults.blackhole) {
      const entry = this.#entries[0];
      if (entry === undefined) break;
      const waitMs = Math.max(entry.dueAt, 'chunk' in entry ? this.#nextSliceAt : 0) - realNow();
      if (waitMs > 0) {
        this.#later(waitMs);
        return;
      }
      if ('end' in entry) {
        this.#entries.shift();
        this.#events[entry.end]();
      } else if (this.#events.forward(this.#slice(entry)) && this.#target.writableNeedDrain) {
        this.#waiting = true;
        this.#target.once('drain', this.#goOn);
      }
    }
    if (this.#queuedBytes < HIGH_WATER) this.#source.resume();
  }

  /** Drops what is queued, and all that comes. */
  close(): void {
    this.#closed = true;
    this.#entries = [];
    this.#stopTimer();
    this.#source.resume();
  }

  readonly #goOn = (): void => {
    this.#waiting = false;
    this.pump();
  };

  #later(ms: number): void {
    this.#waiting = true;
    this.#stopTimer = realTimer(this.#goOn, ms);
  }

  #dueAt(): number {
    // Jitter does not reorder bytes.
    this.#lastDueAt = Math.max(this.#lastDueAt, realNow() + this.#faults.nextDelayMs());
    return this.#lastDueAt;
  }

  #take(entry: Entry): void {
    if (this.#closed) return;
    this.#entries.push(entry);
    if ('chunk' in entry) this.#queuedBytes += entry.chunk.length;
    if (this.#queuedBytes >= HIGH_WATER) this.#source.pause();
    this.pump();
  }

  /** As much of the first chunk as the rate allows now. */
  #slice(entry: { chunk: Buffer }): Buffer {
    const rate = this.#faults.bytesPerSecond;
    const size = Math.min(entry.chunk.length, Math.max(1, Math.floor((rate * SLICE_MS) / 1000)));
    const slice = entry.chunk.subarray(0, size);
    if (rate !== Infinity) this.#nextSliceAt = realNow() + (size / rate) * 1000;
    this.#queuedBytes -= size;
    if (size === entry.chunk.length) this.#entries.shift();
    else entry.chunk = entry.chunk.subarray(size);
    return slice;
  }
}
