import type { Worker } from 'node:cluster';
import { constants } from 'node:os';
import type { Pulse } from './messages.ts';
import type { SuperviseSettings } from './supervise-options.ts';

/** Why a worker is replaced by plan, in the words of its option. */
export type Reason = 'maxRequests' | 'maxAgeMs' | 'maxRssMb';

/** One worker, as the first process knows it. */
export class WatchedWorker {
  readonly worker: Worker;
  readonly bornAt: number;
  /** It listens. */
  listens = false;
  /** What it says of its start; one that has no safety net says nothing, and is ready when it listens. */
  start: 'unsaid' | 'starting' | 'started' = 'unsaid';
  /** It has a safety net, which drains when it is told to. */
  hasNet = false;
  /** Another one has been started in its place, or will be. */
  isReplaced = false;
  /** It is to end once another one is ready; `'told'` when it knows. */
  retirement: 'wanted' | 'told' | undefined;
  /** When it last said that its event loop turns. */
  heardAt: number;
  #pulse: Pulse = { requests: 0, rssMb: 0, lastRequest: '' };
  readonly #limits: readonly (readonly [Reason, number])[];

  constructor(worker: Worker, bornAt: number, settings: SuperviseSettings, random: () => number) {
    this.worker = worker;
    this.bornAt = bornAt;
    this.heardAt = bornAt;
    const draw = (limit: number): number => limit * (1 + settings.jitter * (2 * random() - 1));
    this.#limits = [
      ['maxRequests', draw(settings.maxRequests)],
      ['maxAgeMs', draw(settings.maxAgeMs)],
      ['maxRssMb', draw(settings.maxRssMb)],
    ];
  }

  get isReady(): boolean {
    return this.start === 'unsaid' ? this.listens : this.start === 'started';
  }

  get facts(): { worker: number; pid: number | undefined } {
    return { worker: this.worker.id, pid: this.worker.process.pid };
  }

  get lastRequest(): string | undefined {
    return this.#pulse.lastRequest === '' ? undefined : this.#pulse.lastRequest;
  }

  hear(pulse: Pulse, now: number): void {
    this.#pulse = pulse;
    this.heardAt = now;
  }

  /** The limit that it has reached, with its figure; `undefined` for none. */
  reached(now: number): { reason: Reason; value: number } | undefined {
    const { requests, rssMb } = this.#pulse;
    const values = { maxRequests: requests, maxAgeMs: now - this.bornAt, maxRssMb: rssMb };
    for (const [reason, limit] of this.#limits) {
      if (values[reason] >= limit) return { reason, value: Math.round(values[reason]) };
    }
    return undefined;
  }
}

/** What a shell would say of how a process ended. */
export function exitCodeOf(code: number, signal: string | null): number {
  return signal === null ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
