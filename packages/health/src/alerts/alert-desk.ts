import { type Clock, type Logger, publish, withoutDeadline } from '@resilient/core';
import { FLUSH_TIMEOUT_MS, SINK_QUEUE, STORE_TIMEOUT_MS } from '../defaults.ts';
import { bounded } from '../time/bounded.ts';
import type { AlertNews } from './alert-book.ts';
import type { AlertSource } from './alert-source.ts';
import type { AlertStore } from './alert-store.ts';
import { type AlertNotice, noticeOf, type Speaker, withCount } from './notice.ts';
import { NoticeBudget } from './notice-budget.ts';
import type { AlertSettings } from './options.ts';
import { sharedStep } from './shared-alert.ts';
import { SinkQueue } from './sink-queue.ts';

/** Says news of alerts: to the log and to listeners at once, to the sinks if the store and the budget allow it. */
export class AlertDesk {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #speaker: Speaker;
  readonly #settings: AlertSettings;
  readonly #queues: readonly SinkQueue[];
  readonly #budget = new NoticeBudget();
  /** Decisions of the store come one after the other, so that a resolved alert is not told before it fired. */
  #deciding: Promise<void> = Promise.resolve();
  #undecided = 0;
  #storeFails = false;
  #closing: Promise<void> | undefined;

  constructor(clock: Clock, logger: Logger, speaker: Omit<Speaker, 'link'>, settings: AlertSettings) {
    this.#clock = clock;
    this.#logger = logger;
    this.#speaker = { ...speaker, link: settings.link };
    this.#settings = settings;
    this.#queues = settings.sinks.map((sink) => new SinkQueue(sink, clock, logger));
  }

  /** Never throws, and never waits. */
  tell(source: AlertSource, news: AlertNews): void {
    const epochNow = this.#clock.epochNow();
    const notice = noticeOf(source, news, this.#speaker, new Date(epochNow));
    this.#log(notice);
    const { rule, key, severity, state, count } = notice;
    publish({ kind: 'alert', name: `${rule}/${key}`, package: 'health', state, severity, count });
    if (this.#queues.length === 0) return;
    const { store } = this.#settings;
    if (store === undefined || this.#undecided >= SINK_QUEUE) {
      this.#send(notice);
      return;
    }
    const nextBy = epochNow + Math.max(0, news.nextBy - this.#clock.now());
    this.#undecided += 1;
    this.#deciding = withoutDeadline(() => this.#deciding.then(() => this.#decide(store, notice, nextBy)));
  }

  /** Sends what waits within 2 s, and closes the sinks. */
  close(): Promise<void> {
    this.#closing ??= withoutDeadline(() => this.#flush());
    return this.#closing;
  }

  async #flush(): Promise<void> {
    const startedAt = this.#clock.now();
    await bounded(this.#clock, FLUSH_TIMEOUT_MS / 2, () => this.#deciding);
    const leftMs = Math.max(1, startedAt + FLUSH_TIMEOUT_MS - this.#clock.now());
    await Promise.all(this.#queues.map((queue) => queue.close(leftMs)));
  }

  #log(notice: AlertNotice): void {
    try {
      this.#settings.log.send(notice, {
        signal: new AbortController().signal,
        epochNow: notice.at.getTime(),
      });
    } catch {
      // a logger that throws must not keep the sinks from being told
    }
  }

  #send(notice: AlertNotice): void {
    const suppressed = this.#budget.take(this.#clock.now(), notice.severity);
    if (suppressed === undefined) return;
    for (const queue of this.#queues) queue.push(suppressed === 0 ? notice : { ...notice, suppressed });
  }

  async #decide(store: AlertStore, notice: AlertNotice, nextBy: number): Promise<void> {
    const { state, severity, count, instance, dedupKey } = notice;
    const report = { state, severity, count, instance, nextBy, now: notice.at.getTime() };
    const controller = new AbortController();
    const decided = await bounded(this.#clock, STORE_TIMEOUT_MS, () =>
      store.decide(dedupKey, (shared) => sharedStep(shared, report), { signal: controller.signal }),
    );
    this.#undecided -= 1;
    if (decided.ok) {
      this.#storeFails = false;
      const told = decided.value;
      if (told !== undefined) this.#send(withCount(notice, told.state, told.count));
      return;
    }
    controller.abort(new Error('the store has not decided in time'));
    if (!this.#storeFails) {
      this.#storeFails = true;
      this.#logger.warn(
        { alert: dedupKey },
        'the store of alerts does not decide: this instance speaks for itself',
      );
    }
    this.#send(notice);
  }
}
