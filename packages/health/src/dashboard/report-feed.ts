import { type Clock, type TimerHandle, withoutDeadline } from '@resilient/core';
import { FEED_BEAT_MS, FEED_INTERVAL_MS, MAX_STREAMS } from '../defaults.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import type { View } from './view.ts';
import { viewOf } from './view-of.ts';

const encoder = new TextEncoder();

/** Pages that look, told what is new once a second; nothing runs while nobody looks. */
export class ReportFeed {
  readonly #monitor: HealthMonitor;
  readonly #clock: Clock;
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #timer: TimerHandle;
  #said = '';
  #saidAt = 0;

  constructor(monitor: HealthMonitor) {
    this.#monitor = monitor;
    this.#clock = monitor.clock;
  }

  view(): View {
    const monitor = this.#monitor;
    return viewOf(monitor.getReport(), monitor.getHistory(), new Date(this.#clock.epochNow()));
  }

  /** A stream of server-sent events; `undefined` where there are as many as may be, or the application drains. */
  open(): ReadableStream<Uint8Array> | undefined {
    if (this.#streams.size >= MAX_STREAMS || this.#monitor.lifecycle === 'draining') return undefined;
    let stream: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream = controller;
        this.#streams.add(controller);
        controller.enqueue(encoder.encode(`retry: 2000\n\n${eventOf('view', JSON.stringify(this.view()))}`));
        if (this.#streams.size === 1) withoutDeadline(() => this.#arm());
      },
      cancel: () => this.#forget(stream),
    });
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(() => this.#tell(), FEED_INTERVAL_MS, { background: true });
  }

  #forget(stream: ReadableStreamDefaultController<Uint8Array>): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.#clock.clearTimer(this.#timer);
  }

  #tell(): void {
    if (this.#monitor.lifecycle === 'draining') {
      for (const stream of this.#streams) stream.close();
      this.#streams.clear();
      return;
    }
    this.#arm();
    const text = this.#news();
    if (text === undefined) return;
    const bytes = encoder.encode(text);
    for (const stream of this.#streams) {
      // Who does not read is not written to: the next view holds all that this one does.
      if ((stream.desiredSize ?? 0) > 0) stream.enqueue(bytes);
    }
  }

  /** What to say now, if anything: a view where something else than the time has changed, else a beat now and then. */
  #news(): string | undefined {
    const view = this.view();
    const now = this.#clock.now();
    const substance = JSON.stringify({ ...view, at: '', facts: '' });
    const isBeatDue = now - this.#saidAt >= FEED_BEAT_MS;
    if (substance === this.#said && !isBeatDue) return undefined;
    const isNew = substance !== this.#said;
    this.#said = substance;
    this.#saidAt = now;
    return isNew ? eventOf('view', JSON.stringify(view)) : eventOf('beat', '');
  }
}

const eventOf = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;
