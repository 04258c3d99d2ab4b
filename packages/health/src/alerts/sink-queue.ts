import {
  type Clock,
  isResilientError,
  type Logger,
  peek,
  type TimerHandle,
  withoutDeadline,
} from '@resilient/core';
import {
  NOTICE_MAX_AGE_MS,
  SINK_MAX_WAIT_MS,
  SINK_QUEUE,
  SINK_TIMEOUT_MS,
  SINK_WAITS_MS,
} from '../defaults.ts';
import { readText } from '../errors/read-error.ts';
import { bounded, OUT_OF_TIME } from '../time/bounded.ts';
import type { AlertNotice } from './notice.ts';
import { type AlertSink, SinkFailure } from './sink.ts';

interface Waiting {
  readonly notice: AlertNotice;
  readonly since: number;
}

/**
 * The notices of one sink: one at a time, each with 3 s, tried again for an hour. A sink that fails again and again is
 * left alone for a minute; what comes meanwhile waits, 100 at most. Nobody waits for it, and its failures are logged.
 */
export class SinkQueue {
  readonly #sink: AlertSink;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #waiting: Waiting[] = [];
  readonly #controllers = new Set<AbortController>();
  #sending: Promise<void> | undefined;
  #timer: TimerHandle;
  #failures = 0;
  #dropped = 0;
  #closed = false;
  #flushing = false;

  constructor(sink: AlertSink, clock: Clock, logger: Logger) {
    this.#sink = sink;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Takes a notice; returns at once. */
  push(notice: AlertNotice): void {
    if (this.#closed) return;
    if (this.#waiting.length >= SINK_QUEUE) this.#makeRoom();
    this.#waiting.push({ notice, since: this.#clock.now() });
    this.#pump();
  }

  /** Sends what waits, each notice tried once more, within `timeoutMs`; then nothing is sent any more. */
  async close(timeoutMs: number): Promise<void> {
    this.#flushing = true;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    const ended = await bounded(this.#clock, timeoutMs, async () => {
      this.#pump();
      while (this.#sending !== undefined) await this.#sending;
      await this.#sink.close?.();
    });
    this.#closed = true;
    this.#clock.clearTimer(this.#timer);
    for (const controller of this.#controllers) controller.abort(new Error('the monitor was closed'));
    const lost = this.#waiting.length;
    if (lost > 0 || !ended.ok) {
      this.#logger.error(
        { sink: this.#sink.name, lost },
        'an alert sink was closed before everything was sent',
      );
    }
  }

  /** The oldest warning gives way, else the oldest of all; not the one that is being sent. */
  #makeRoom(): void {
    const from = this.#sending === undefined ? 0 : 1;
    const warning = this.#waiting.findIndex(({ notice }, at) => at >= from && notice.severity === 'warning');
    this.#waiting.splice(warning < 0 ? from : warning, 1);
    this.#dropped += 1;
  }

  #pump(): void {
    if (this.#closed || this.#sending !== undefined || this.#timer !== undefined) return;
    const next = this.#waiting[0];
    if (next === undefined) return;
    this.#sending = withoutDeadline(() => this.#send(next)).then(() => {
      this.#sending = undefined;
      this.#pump();
    });
  }

  async #send(next: Waiting): Promise<void> {
    const { notice } = next;
    const missed = (notice.suppressed ?? 0) + this.#dropped;
    const controller = new AbortController();
    this.#controllers.add(controller);
    const context = { signal: controller.signal, epochNow: this.#clock.epochNow() };
    const sent = await bounded(this.#clock, SINK_TIMEOUT_MS, () =>
      this.#sink.send(missed === 0 ? notice : { ...notice, suppressed: missed }, context),
    );
    this.#controllers.delete(controller);
    if (sent.ok) {
      if (this.#failures > 0) this.#logger.info({ sink: this.#sink.name }, 'an alert sink works again');
      this.#failures = 0;
      this.#dropped = 0;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      return;
    }
    controller.abort(new Error('the time of the sink is up'));
    this.#failed(next, sent.error);
  }

  #failed(next: Waiting, error: unknown): void {
    const { notice, since } = next;
    this.#failures += 1;
    const isFinal = error instanceof SinkFailure && error.final;
    const isOld = this.#clock.now() - since >= NOTICE_MAX_AGE_MS;
    const facts = {
      sink: this.#sink.name,
      reason: reasonOf(error),
      alert: notice.dedupKey,
      failures: this.#failures,
    };
    if (isFinal || isOld || this.#flushing) {
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#logger.error(facts, 'an alert could not be sent, and is given up');
      return;
    }
    this.#logger.warn(facts, 'an alert could not be sent yet');
    const asked = error instanceof SinkFailure ? (error.retryAfterMs ?? 0) : 0;
    const step = SINK_WAITS_MS[Math.min(this.#failures, SINK_WAITS_MS.length) - 1] ?? 0;
    const waitMs = Math.max(step, Math.min(asked, SINK_MAX_WAIT_MS));
    this.#timer = withoutDeadline(() =>
      this.#clock.setTimer(() => this.#again(), waitMs, { background: true }),
    );
  }

  #again(): void {
    this.#timer = undefined;
    this.#pump();
  }
}

/** Why a sink failed, in our own words or as a bare code: messages of others may hold the URL. */
function reasonOf(error: unknown): string {
  if (error === OUT_OF_TIME) return `no answer in ${SINK_TIMEOUT_MS} ms`;
  if (error instanceof SinkFailure || isResilientError(error)) return error.message;
  const code = readText(error, 'code', 64) ?? readText(peek(error, 'cause'), 'code', 64);
  return code !== undefined && /^[\w.-]+$/.test(code) ? code : 'it threw';
}
