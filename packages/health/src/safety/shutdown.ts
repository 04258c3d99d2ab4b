import { constants } from 'node:os';
import { withoutDeadline } from '@resilient/core';
import { DRAIN_DELAY_MS, RETIRE_DELAY_MS, SIGNAL_ECHO_MS } from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import { askForReplacement } from '../supervise/messages.ts';
import { bounded } from '../time/bounded.ts';
import { drain, type ShutdownHook } from './drain.ts';
import { OpenRequests } from './open-requests.ts';
import type { SafetyNetSettings } from './safety-net-options.ts';

/** What a drain does otherwise that no signal has begun. */
interface DrainReason {
  /** Another worker serves already. */
  readonly isReplaced?: boolean;
  /** After an error: tells of it. */
  readonly tell?: () => Promise<void>;
  /** After an error: resolves when another worker serves. */
  readonly replaced?: Promise<void> | undefined;
}

/** The one owner of the exit: it drains once, and a second reason to end makes it end at once. */
export class Shutdown {
  readonly requests: OpenRequests = new OpenRequests();
  readonly hooks: ShutdownHook[] = [];
  readonly #settings: SafetyNetSettings;
  #drain: Promise<void> | undefined;
  #isDraining = false;
  #signal: { readonly name: NodeJS.Signals; readonly at: number } | undefined;

  constructor(settings: SafetyNetSettings) {
    this.#settings = settings;
  }

  get draining(): boolean {
    return this.#isDraining;
  }

  /** A signal: drains and exits 0; the second one exits at once. */
  onSignal(name: NodeJS.Signals): void {
    const { monitor, logger, drainTimeoutMs } = this.#settings;
    const now = monitor.clock.now();
    const first = this.#signal;
    if (first !== undefined) {
      // A terminal signals the whole group, and a supervisor passes it on: that is one signal.
      if (first.name === name && now - first.at < SIGNAL_ECHO_MS) return;
      logger.warn({ signal: name }, 'a second signal: exiting at once');
      process.exit(128 + (constants.signals[name] ?? 0));
    }
    this.#signal = { name, at: now };
    if (this.draining) return;
    logger.info({ signal: name }, 'draining');
    const { drainDelayMs = process.env.NODE_ENV === 'production' ? DRAIN_DELAY_MS : 0 } = this.#settings;
    this.#begin(0, name === 'SIGTERM' ? drainDelayMs : 0, drainTimeoutMs);
  }

  /** An error that nobody caught: drains and exits 1, and at once if a drain is under way. */
  onFatal(error: unknown): void {
    if (this.draining) process.exit(1);
    const { monitor, logger, onFatal, hookTimeoutMs, fatalDrainTimeoutMs } = this.#settings;
    const tell = async (): Promise<void> => {
      const told = await bounded(monitor.clock, hookTimeoutMs, () => onFatal?.(error));
      if (!told.ok) logger.error({ err: errorForLog(told.error) }, 'onFatal failed, or needed too long');
    };
    const replaced = askForReplacement();
    // One that has not started serves nobody, and is not kept for those to come.
    const hasStarted = monitor.lifecycle !== 'starting';
    this.#begin(1, 0, fatalDrainTimeoutMs, { tell, replaced: hasStarted ? replaced : undefined });
  }

  /** Another worker has taken over: serves those that still come here for a while, drains and exits 0. */
  onRetire(): void {
    if (this.draining) return;
    this.#settings.logger.info({}, 'another worker has taken over: draining');
    this.#begin(0, RETIRE_DELAY_MS, this.#settings.drainTimeoutMs, { isReplaced: true });
  }

  /** Drains and exits 0, without a signal. */
  async end(): Promise<void> {
    if (!this.draining) this.#begin(0, 0, this.#settings.drainTimeoutMs);
    await this.#drain;
  }

  #begin(exitCode: number, delayMs: number, timeoutMs: number, why: DrainReason = {}): void {
    const { monitor, logger, hookTimeoutMs } = this.#settings;
    this.#isDraining = true; // before anything of the user's runs that may ask for the same
    this.#drain = withoutDeadline(async () => {
      const newestFirst = [...this.hooks].reverse();
      const told = why.tell?.();
      await drain({
        monitor,
        logger,
        requests: this.requests,
        hooks: told === undefined ? newestFirst : [() => told, ...newestFirst],
        delayMs,
        isReplaced: why.isReplaced === true,
        replaced: why.replaced,
        timeoutMs,
        hookTimeoutMs,
      });
      logger.info({ exitCode }, 'drained');
      process.exit(exitCode);
    });
  }
}
