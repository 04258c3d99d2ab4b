import type { Clock, TimerHandle } from '@resilient/core';
import { LATE, within } from '../time/within.ts';

/** Waits before the probe's attempts, in milliseconds; the last one repeats. */
const PROBE_MS = [1_000, 2_000, 4_000, 5_000] as const;
/** The share that chance takes from a wait: never more than 5 s, and not all processes at once. */
const PROBE_JITTER = 0.2;

/** What is known of a server that cannot be reached. */
export interface OutageFacts {
  /** The last attempt's error. */
  readonly cause: unknown;
  /** When that was, on the clock. */
  readonly seenAt: number;
}

/** What an {@link Outage} needs. */
export interface OutageOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Opens a connection and gives it back; rejects if there is none to be had. */
  readonly probe: () => Promise<void>;
  /** Told when the server is lost, and when it is back. */
  readonly onChange: (down: boolean) => void;
}

/** Whether a server can be reached; while it cannot, one probe asks for all. */
export class Outage {
  readonly #options: OutageOptions;
  #facts: OutageFacts | undefined;
  #timer: TimerHandle;
  #attempt = 0;
  #over: Promise<void> | undefined;
  #end: () => void = () => {};
  #closed = false;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** `undefined` while the server is there, as far as anybody knows. */
  get facts(): OutageFacts | undefined {
    return this.#facts;
  }

  /** A connection could not be opened. */
  begin(cause: unknown): void {
    const first = !this.#facts;
    this.#facts = { cause, seenAt: this.#options.clock.now() };
    if (!first || this.#closed) return;
    this.#attempt = 0;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#arm();
    this.#options.onChange(true);
  }

  /** A connection was opened. */
  end(): void {
    if (!this.#facts) return;
    this.#facts = undefined;
    this.#options.clock.clearTimer(this.#timer);
    this.#end();
    this.#options.onChange(false);
  }

  /** Waits for the end; answers `false` if it did not come by the deadline. Rejects with the signal's reason when aborted. */
  async over(deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.#facts || !this.#over) return true;
    const { clock } = this.#options;
    return (await within(clock, deadline - clock.now(), this.#over, signal)) !== LATE;
  }

  /** Asks no more, and lets go all who wait. */
  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#timer);
    this.#end();
  }

  #arm(): void {
    const { clock, random } = this.#options;
    const ceiling = PROBE_MS[Math.min(this.#attempt, PROBE_MS.length - 1)] ?? 5_000;
    this.#attempt += 1;
    const ms = ceiling * (1 - PROBE_JITTER * random());
    this.#timer = clock.setTimer(() => void this.#probe(), ms, { background: true });
  }

  async #probe(): Promise<void> {
    try {
      await this.#options.probe();
      this.end();
    } catch (error) {
      if (!this.#facts || this.#closed) return;
      this.begin(error);
      this.#arm();
    }
  }
}
