import { randomUUID } from 'node:crypto';
import { type Clock, type Logger, type TimerHandle, withoutDeadline } from '@resilient/core';
import { FLEET_FIRST_MS, FLEET_READ_TTL_MS, FLEET_TIMEOUT_MS } from '../defaults.ts';
import type { Lifecycle } from '../monitor/lifecycle.ts';
import type { HealthStatus } from '../status/level.ts';
import { bounded } from '../time/bounded.ts';
import { FleetCounts } from './fleet-counts.ts';
import type { FleetHour, FleetStore, InstanceState, StoredInstance } from './fleet-store.ts';
import { type FleetSummary, fleetSummaryOf } from './fleet-summary.ts';
import { mostOf } from './most-of.ts';

/** Who speaks to the fleet. */
export interface FleetSpeaker {
  readonly service: string;
  readonly instance: string;
  readonly release: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: FleetStore | undefined;
  /** How this instance is now. */
  readonly look: () => FleetLook;
}

/** What the fleet is told of an instance beside its counts. */
export interface FleetLook {
  readonly lifecycle: Lifecycle;
  readonly status: HealthStatus;
  readonly reasons: readonly string[];
  readonly errors: readonly (readonly [type: string, count: number])[];
}

/**
 * One instance among those that share a store: writes what it has counted, reads what the others have, and goes on
 * alone while the store does not answer. Nothing here is ever waited for by a request.
 */
export class Fleet {
  readonly #speaker: FleetSpeaker;
  readonly #counts = new FleetCounts();
  readonly #life = randomUUID();
  readonly #startedAt: number;
  #timer: TimerHandle;
  #seq = 0;
  /** What is under way, or whose outcome was not learned: it comes again as it is. */
  #batch: { readonly seq: number; readonly hours: readonly FleetHour[] } | undefined;
  #writing: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #seen: { readonly at: number; readonly stored: readonly StoredInstance[] } | undefined;
  #readTriedAt: number = Number.NEGATIVE_INFINITY;
  #isDown = false;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(speaker: FleetSpeaker) {
    this.#speaker = speaker;
    this.#startedAt = speaker.clock.epochNow();
    if (speaker.store !== undefined) withoutDeadline(() => this.#arm(FLEET_FIRST_MS));
  }

  request(status: number, durationMs: number): void {
    this.#counts.request(this.#speaker.clock.now(), status, durationMs);
  }

  error(type: string): void {
    this.#counts.error(type);
  }

  /** What is known of all without waiting; what is old is read anew for the next time. */
  known(): FleetSummary {
    void this.#read();
    return this.#summary();
  }

  /** What all instances say now; what the store said last where it does not answer. Never rejects. */
  async summary(): Promise<FleetSummary> {
    const reading = this.#read();
    // A store that is known to be down is asked, but not waited for.
    if (!this.#isDown) await reading;
    return this.#summary();
  }

  /** Writes what the store has not got yet, within 1 s; in a drain it is the last word, since nobody is served any more. */
  async flush(): Promise<void> {
    const { store, clock, look } = this.#speaker;
    if (store === undefined) return;
    this.#ended ||= look().lifecycle === 'draining';
    const endsAt = clock.now() + FLEET_TIMEOUT_MS;
    await withoutDeadline(async () => {
      await this.#writing; // it has its own second, which began before this one
      // What was held back by a write whose outcome was not learned comes behind it.
      for (let writes = 0; writes < 2 && clock.now() < endsAt; writes += 1) {
        const isAgain = this.#batch !== undefined;
        await this.#write(store, endsAt - clock.now());
        if (this.#batch !== undefined || (!isAgain && !this.#counts.hasHours)) return;
      }
    });
  }

  /** Says its last word, and lets what is being read end, within 1 s. */
  close(): Promise<void> {
    this.#speaker.clock.clearTimer(this.#timer);
    this.#ended = true;
    this.#closing ??= Promise.all([this.flush(), this.#reading]).then(() => undefined);
    return this.#closing;
  }

  #arm(waitMs: number): void {
    const { clock, store } = this.#speaker;
    if (store === undefined) return;
    this.#timer = clock.setTimer(
      () => {
        this.#arm(store.everyMs);
        void this.#write(store);
      },
      waitMs,
      { background: true },
    );
  }

  /** One write at a time: one that comes meanwhile is left out, and what it would have said is said by the next. */
  #write(store: FleetStore, limitMs: number = FLEET_TIMEOUT_MS): Promise<void> {
    this.#writing ??= this.#writeOnce(store, limitMs).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeOnce(store: FleetStore, limitMs: number): Promise<void> {
    const { clock, service } = this.#speaker;
    const state = this.#state();
    this.#counts.roll(clock.epochNow(), state.status);
    if (this.#batch === undefined) {
      this.#seq += 1;
      this.#batch = { seq: this.#seq, hours: this.#counts.takeHours() };
    }
    const write = { service, state, ...this.#batch };
    const written = await this.#ask((signal) => store.write(write, { signal }), limitMs);
    if (written === true) this.#batch = undefined;
  }

  #read(): Promise<void> {
    const { store, clock, service } = this.#speaker;
    if (store === undefined || this.#closing !== undefined) return Promise.resolve();
    if (this.#reading !== undefined) return this.#reading;
    if (clock.now() - this.#readTriedAt < FLEET_READ_TTL_MS) return Promise.resolve();
    this.#readTriedAt = clock.now();
    const reading = withoutDeadline(() => this.#ask((signal) => store.instances(service, { signal })));
    this.#reading = reading.then((stored) => {
      this.#reading = undefined;
      if (stored !== undefined) this.#seen = { at: clock.now(), stored };
    });
    return this.#reading;
  }

  /** Asks the store for at most 1 s, and tells once when it goes and when it comes back. */
  async #ask<T>(
    work: (signal: AbortSignal) => Promise<T>,
    limitMs: number = FLEET_TIMEOUT_MS,
  ): Promise<T | undefined> {
    const { clock, logger } = this.#speaker;
    const controller = new AbortController();
    const asked = await bounded(clock, limitMs, () => work(controller.signal));
    if (asked.ok) {
      // What was left out says nothing of the store.
      if (this.#isDown && asked.value !== false && asked.value !== undefined) {
        this.#isDown = false;
        logger.info({}, 'the fleet store answers again');
      }
      return asked.value;
    }
    controller.abort(new Error('the fleet store has not answered in time'));
    // At the end the database may have been closed already, and nobody looks any more.
    if (!this.#isDown && !this.#ended) {
      this.#isDown = true;
      logger.warn({}, 'the fleet store does not answer: this instance goes on alone');
    }
    return undefined;
  }

  #state(): InstanceState {
    const { clock, instance, release, look } = this.#speaker;
    const { lifecycle, status, reasons, errors } = look();
    const now = clock.now();
    const durations = this.#counts.durations(now);
    return {
      life: this.#life,
      instance,
      ...(release === undefined ? {} : { release }),
      startedAt: this.#startedAt,
      lifecycle,
      status,
      reasons: reasons.slice(0, 10),
      requests: durations.reduce((sum, count) => sum + count, 0),
      failures: this.#counts.failures(now),
      errors: mostOf(errors),
      durations,
      ended: this.#ended,
    };
  }

  #summary(): FleetSummary {
    const { clock, store } = this.#speaker;
    const seen = this.#seen;
    const elapsedMs = seen === undefined ? 0 : clock.now() - seen.at;
    return fleetSummaryOf({
      store: store === undefined ? 'none' : this.#isDown ? 'down' : 'ok',
      note: this.#isDown
        ? 'the fleet store does not answer: other instances are shown as they were when it last did'
        : undefined,
      self: this.#state(),
      stored: (seen?.stored ?? []).map(({ state, ageMs }) => ({ state, ageMs: ageMs + elapsedMs })),
      goneAfterMs: store?.goneAfterMs ?? Number.POSITIVE_INFINITY,
      epochNow: clock.epochNow(),
    });
  }
}
