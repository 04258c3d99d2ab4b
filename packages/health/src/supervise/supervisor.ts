import cluster from 'node:cluster';
import { type Clock, systemClock, systemRandom, type TimerHandle } from '@resilient/core';
import {
  MAX_EARLY_DEATHS,
  PULSE_INTERVAL_MS,
  RESPAWN_RESET_MS,
  RETIRE_TIMEOUT_MS,
  WORKER_GRACE_MS,
} from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import { readWorkerMessage, supervisorMessage } from './messages.ts';
import { respawnDelayMs } from './respawn-delay.ts';
import type { SuperviseSettings } from './supervise-options.ts';
import { exitCodeOf, WatchedWorker } from './watched-worker.ts';

/** The first process: keeps the workers alive, and young if that is wanted. */
export class Supervisor {
  readonly #settings: SuperviseSettings;
  readonly #logger: SuperviseSettings['logger'];
  readonly #clock: Clock;
  readonly #workers = new Set<WatchedWorker>();
  readonly #respawns = new Set<TimerHandle>();
  #deaths = 0;
  #earlyDeaths = 0;
  #lookedAt: number;
  #isStopping = false;
  #exitCode = 0;
  #hasWarnedOfSqlite = false;

  constructor(settings: SuperviseSettings, clock: Clock = systemClock) {
    this.#settings = settings;
    this.#logger = settings.logger.child({ component: 'supervisor' });
    this.#clock = clock;
    this.#lookedAt = clock.now();
  }

  start(): void {
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
    for (let count = 0; count < this.#settings.workers; count += 1) this.#fork();
    this.#lookAgain();
  }

  #fork(): void {
    const worker = cluster.fork({ RESILIENT_WORKERS: String(this.#settings.workers) });
    const watched = new WatchedWorker(worker, this.#clock.now(), this.#settings, systemRandom);
    this.#workers.add(watched);
    worker.on('listening', () => {
      watched.listens = true;
      this.#sayReady(watched);
    });
    worker.on('message', (message) => this.#onMessage(watched, message));
    worker.on('error', (error) => {
      this.#logger.error({ ...watched.facts, err: errorForLog(error) }, 'a worker cannot be reached');
      // One that was never born has no exit either.
      if (worker.process.pid === undefined) this.#onExit(watched, 1, null);
    });
    worker.on('exit', (code, signal) => this.#onExit(watched, code ?? 1, signal || null));
  }

  #onMessage(watched: WatchedWorker, message: unknown): void {
    const said = readWorkerMessage(message);
    if (said === undefined) return;
    if (typeof said === 'object') {
      watched.hear(said, this.#clock.now());
    } else if (said === 'sqlite') {
      this.#warnOfSqlite();
    } else if (said === 'net') {
      watched.hasNet = true;
    } else if (said === 'replace') {
      if (this.#isStopping) return;
      this.#logger.error(watched.facts, 'a worker is about to end: another one is started');
      this.#replace(watched);
    } else {
      watched.start = said;
      this.#sayReady(watched);
    }
  }

  /** Tells those that wait for it that this one is ready: only now may they close the socket. */
  #sayReady(ready: WatchedWorker): void {
    if (!ready.isReady || ready.isReplaced) return;
    for (const old of this.#workers) {
      if (old.retirement === 'wanted') this.#retire(old);
      else if (old.isReplaced && old.worker.isConnected()) old.worker.send(supervisorMessage('replaced'));
    }
  }

  /** Lets one end whose successor is ready, and sees to it that it does. */
  #retire(old: WatchedWorker): void {
    old.retirement = 'told';
    if (!old.worker.isConnected()) return;
    if (old.hasNet) old.worker.send(supervisorMessage('retire'));
    else old.worker.disconnect(); // closes its servers, and ends it when the last connection is gone
    this.#clock.setTimer(() => old.worker.process.kill('SIGKILL'), RETIRE_TIMEOUT_MS, { background: true });
  }

  #lookAgain(): void {
    this.#clock.setTimer(() => this.#look(), PULSE_INTERVAL_MS, { background: true });
  }

  /** Looks for workers that hang, and for one that has reached a limit. */
  #look(): void {
    const now = this.#clock.now();
    // A machine that slept, or a process that was stopped, has heard nobody: that is not the workers' doing.
    const hasSlept = now - this.#lookedAt > 5 * PULSE_INTERVAL_MS;
    this.#lookedAt = now;
    for (const watched of this.#workers) {
      if (hasSlept) watched.heardAt = now;
      if (now - watched.heardAt >= this.#settings.hangTimeoutMs) this.#killHung(watched);
    }
    if (!this.#isStopping) this.#replaceOld(now);
    this.#lookAgain();
  }

  #killHung(watched: WatchedWorker): void {
    watched.heardAt = this.#clock.now(); // once
    this.#logger.error(
      { ...watched.facts, silentForMs: this.#settings.hangTimeoutMs, lastRequest: watched.lastRequest },
      'the event loop of a worker does not turn: it is killed and replaced',
    );
    watched.worker.process.kill('SIGKILL');
  }

  /** Starts the successor of one that has reached a limit; one at a time, and that one serves until the other can. */
  #replaceOld(now: number): void {
    for (const { retirement } of this.#workers) if (retirement !== undefined) return;
    for (const watched of this.#workers) {
      const reached = watched.isReady && !watched.isReplaced ? watched.reached(now) : undefined;
      if (reached === undefined) continue;
      this.#logger.info(
        { ...watched.facts, ...reached },
        'a worker has reached a limit: another one is started',
      );
      watched.isReplaced = true;
      watched.retirement = 'wanted';
      this.#fork();
      return;
    }
  }

  #warnOfSqlite(): void {
    if (this.#hasWarnedOfSqlite || this.#settings.workers === 1) return;
    this.#hasWarnedOfSqlite = true;
    this.#logger.warn(
      { workers: this.#settings.workers },
      'several workers on one SQLite file: its queue and group commit are of each process alone. It works; PostgreSQL comes first, then workers',
    );
  }

  /** Whether it died before it was ready; who lived for a minute did not fail at the start. */
  #isEarly(watched: WatchedWorker): boolean {
    return !watched.isReady && this.#clock.now() - watched.bornAt < RESPAWN_RESET_MS;
  }

  /** Whether somebody serves: what cannot be started beside it is tried again, and ends nothing. */
  get #isServed(): boolean {
    for (const { isReady } of this.#workers) if (isReady) return true;
    return false;
  }

  #onExit(watched: WatchedWorker, code: number, signal: string | null): void {
    this.#workers.delete(watched);
    const facts = { ...watched.facts, exitCode: code, signal: signal ?? undefined };
    const exitCode = exitCodeOf(code, signal);
    if (this.#isStopping) {
      // One that was on its way out before the signal came does not speak for the whole.
      if (!watched.isReplaced) this.#exitCode = Math.max(this.#exitCode, exitCode);
      if (this.#workers.size === 0) process.exit(this.#exitCode);
      return;
    }
    if (watched.retirement === 'told') {
      this.#logger.info(facts, 'a worker that was replaced has ended');
      return;
    }
    this.#logger.error(facts, 'a worker died');
    this.#earlyDeaths = this.#isEarly(watched) ? this.#earlyDeaths + 1 : 0;
    if (this.#earlyDeaths >= MAX_EARLY_DEATHS && !this.#isServed) {
      this.#logger.fatal(
        facts,
        `${MAX_EARLY_DEATHS} workers in a row died before they were ready: giving up`,
      );
      for (const { worker } of this.#workers) worker.process.kill('SIGKILL');
      process.exit(exitCode);
    }
    this.#replace(watched);
  }

  /** Starts another worker in its place, once. */
  #replace(watched: WatchedWorker): void {
    if (watched.isReplaced) return;
    watched.isReplaced = true;
    if (this.#clock.now() - watched.bornAt >= RESPAWN_RESET_MS) this.#deaths = 0;
    const respawn = this.#clock.setTimer(() => {
      this.#respawns.delete(respawn);
      this.#fork();
    }, respawnDelayMs(this.#deaths));
    this.#deaths += 1;
    this.#respawns.add(respawn);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (!this.#isStopping) {
      this.#isStopping = true;
      for (const respawn of this.#respawns) this.#clock.clearTimer(respawn);
      this.#clock.setTimer(() => this.#kill(), WORKER_GRACE_MS, { background: true });
    }
    if (this.#workers.size === 0) process.exit(0);
    for (const { worker } of this.#workers) worker.process.kill(signal);
  };

  #kill(): void {
    for (const { worker } of this.#workers) worker.process.kill('SIGKILL');
  }
}
