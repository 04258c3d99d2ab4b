import type { AttemptRecord } from '../errors/stop-reason.ts';
import type { Outcome } from '../verdict/verdict.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How many records are kept from the start, and how many from the end. */
const KEPT = 16;

const RANK: Record<Outcome, number> = { 'not-sent': 0, rejected: 1, unknown: 2 };

/** What the attempts of one call did: the first 16 and the last 16 of them, and the worst that may have happened. */
export class AttemptLog {
  readonly #first: Mutable<AttemptRecord>[] = [];
  readonly #last: Mutable<AttemptRecord>[] = [];
  #worst: Outcome = 'not-sent';
  /** Attempts made, also those whose record is gone. */
  count = 0;

  add(record: Mutable<AttemptRecord>): void {
    this.count += 1;
    if (RANK[record.outcome] > RANK[this.#worst]) this.#worst = record.outcome;
    if (this.#first.length < KEPT) {
      this.#first.push(record);
      return;
    }
    this.#last.push(record);
    if (this.#last.length > KEPT) this.#last.shift();
  }

  /** Notes how long was waited after the last attempt. */
  waited(delayMs: number, delaySource: NonNullable<AttemptRecord['delaySource']>): void {
    const record = this.#last.at(-1) ?? this.#first.at(-1);
    if (record) Object.assign(record, { delayMs, delaySource });
  }

  get records(): readonly AttemptRecord[] {
    return Object.freeze([...this.#first, ...this.#last].map((record) => Object.freeze({ ...record })));
  }

  /** unknown, then rejected, then not-sent; `not-sent` if no attempt was made. */
  get worst(): Outcome {
    return this.#worst;
  }
}
