import cluster, { type Worker } from 'node:cluster';
import { constants } from 'node:os';
import { type Clock, type Logger, systemClock, type TimerHandle } from '@resilient/core';
import {
  MAX_EARLY_DEATHS,
  RESPAWN_INITIAL_MS,
  RESPAWN_MAX_MS,
  RESPAWN_RESET_MS,
  WORKER_GRACE_MS,
} from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import { REPLACED, wordOf } from './tell-supervisor.ts';

/** One worker. */
interface Watched {
  readonly worker: Worker;
  readonly bornAt: number;
  /** It listens. */
  listens: boolean;
  /** What it says of its start; one that has no safety net says nothing, and is ready when it listens. */
  start: 'unsaid' | 'starting' | 'started';
  /** Another one has been started, or will be. */
  isReplaced: boolean;
}

/** How long to wait before the worker that replaces the `deaths`th dead one, in milliseconds. */
export function respawnDelayMs(deaths: number): number {
  return Math.min(RESPAWN_MAX_MS, RESPAWN_INITIAL_MS * 2 ** deaths);
}

/** The first process: keeps one worker alive. */
export class Supervisor {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #workers = new Set<Watched>();
  #deaths = 0;
  #earlyDeaths = 0;
  #respawn: TimerHandle;
  #isStopping = false;
  #exitCode = 0;

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.#logger = logger.child({ component: 'supervisor' });
    this.#clock = clock;
  }

  start(): void {
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
    this.#fork();
  }

  #fork(): void {
    const worker = cluster.fork();
    const watched: Watched = {
      worker,
      bornAt: this.#clock.now(),
      listens: false,
      start: 'unsaid',
      isReplaced: false,
    };
    this.#workers.add(watched);
    worker.on('listening', () => {
      watched.listens = true;
      this.#sayReplaced(watched);
    });
    worker.on('message', (message) => this.#onMessage(watched, message));
    worker.on('error', (error) => {
      this.#logger.error({ ...factsOf(worker), err: errorForLog(error) }, 'a worker cannot be reached');
      // One that was never born has no exit either.
      if (worker.process.pid === undefined) this.#onExit(watched, 1, null);
    });
    worker.on('exit', (code, signal) => this.#onExit(watched, code ?? 1, signal || null));
  }

  #onMessage(watched: Watched, message: unknown): void {
    const word = wordOf(message);
    if (word === 'starting' || word === 'started') watched.start = word;
    this.#sayReplaced(watched);
    if (word !== 'replace' || this.#isStopping) return;
    this.#logger.error(factsOf(watched.worker), 'a worker is about to end: another one is started');
    this.#replace(watched);
  }

  /** Tells those that wait for it that this one is ready: only now may they close the socket. */
  #sayReplaced(watched: Watched): void {
    if (!isReady(watched) || watched.isReplaced) return;
    for (const { isReplaced, worker } of this.#workers) {
      if (isReplaced && worker.isConnected()) worker.send(REPLACED);
    }
  }

  /** Whether it died before it was ready; who lived for a minute did not fail at the start. */
  #isEarly(watched: Watched): boolean {
    return !isReady(watched) && this.#clock.now() - watched.bornAt < RESPAWN_RESET_MS;
  }

  #onExit(watched: Watched, code: number, signal: string | null): void {
    this.#workers.delete(watched);
    const facts = { ...factsOf(watched.worker), exitCode: code, signal: signal ?? undefined };
    const exitCode = signal === null ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
    if (this.#isStopping) {
      // One that was on its way out before the signal came does not speak for the whole.
      if (!watched.isReplaced) this.#exitCode = Math.max(this.#exitCode, exitCode);
      if (this.#workers.size === 0) process.exit(this.#exitCode);
      return;
    }
    this.#logger.error(facts, 'a worker died');
    this.#earlyDeaths = this.#isEarly(watched) ? this.#earlyDeaths + 1 : 0;
    if (this.#earlyDeaths >= MAX_EARLY_DEATHS) {
      this.#logger.fatal(
        facts,
        `${MAX_EARLY_DEATHS} workers in a row died before they were ready: giving up`,
      );
      process.exit(exitCode);
    }
    this.#replace(watched);
  }

  /** Starts another worker in its place, once. */
  #replace(watched: Watched): void {
    if (watched.isReplaced) return;
    watched.isReplaced = true;
    if (this.#clock.now() - watched.bornAt >= RESPAWN_RESET_MS) this.#deaths = 0;
    const delayMs = respawnDelayMs(this.#deaths);
    this.#deaths += 1;
    this.#respawn = this.#clock.setTimer(() => this.#fork(), delayMs);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#clock.clearTimer(this.#respawn);
      this.#clock.setTimer(() => this.#kill(), WORKER_GRACE_MS, { background: true });
    }
    if (this.#workers.size === 0) process.exit(0);
    for (const { worker } of this.#workers) worker.process.kill(signal);
  };

  #kill(): void {
    for (const { worker } of this.#workers) worker.process.kill('SIGKILL');
  }
}

const isReady = ({ start, listens }: Watched): boolean =>
  start === 'unsaid' ? listens : start === 'started';

function factsOf(worker: Worker): { worker: number; pid: number | undefined } {
  return { worker: worker.id, pid: worker.process.pid };
}
