import { checkDuration, checkKnown, enclosingScope, endOf, type TimerHandle } from '@resilient/core';
import { callDefaults } from '../defaults.ts';
import type { Memory } from '../memory/memory.ts';
import { dropMemory, type MemoryRequest, memoryOf } from '../memory/registry.ts';
import { Call } from './call.ts';
import type { CallContext } from './options.ts';
import { closedClient, outOfTime } from './refusals.ts';
import { RunningCalls } from './running-calls.ts';
import type { CallSettings } from './settings.ts';

/** What belongs to one call of a {@link Caller}. */
export interface CallInput {
  readonly signal?: AbortSignal | undefined;
  readonly idempotencyKey?: string | undefined;
}

const NO_INPUT: CallInput = {};

/** Options of `close`. */
export interface CloseOptions {
  /** How long running calls may go on, in milliseconds, before they are aborted. @defaultValue `5_000` */
  readonly timeoutMs?: number;
}

/** Makes calls under one memory until it is closed: what is behind `createApiClient` and each origin of a drop-in fetch. */
export class Caller {
  readonly #request: MemoryRequest;
  readonly #running = new RunningCalls();
  #memory: Memory;
  #closing: Promise<void> | undefined;

  constructor(request: MemoryRequest) {
    this.#request = request;
    this.#memory = memoryOf(request);
    this.#memory.clients += 1;
  }

  /** The memory in force: a new one if the last was forgotten. */
  get memory(): Memory {
    if (this.#memory.gone && !this.#closing) {
      this.#memory = memoryOf(this.#request);
      this.#memory.clients += 1;
    }
    return this.#memory;
  }

  /** Makes one call. */
  call<T>(
    fn: (context: CallContext) => T | PromiseLike<T>,
    settings: CallSettings,
    input: CallInput = NO_INPUT,
  ): Promise<T> {
    const { memory } = this;
    const call = callOf(fn, settings, input, memory.name, memory);
    if (this.#closing) return call.refused(closedClient());
    if (call.deadline <= call.startedAt) return call.refused(outOfTime());
    return call.run(this.#running);
  }

  /** Refuses new calls, waits for the running ones, then ends them. */
  close(options: CloseOptions = {}): Promise<void> {
    checkKnown('close', options, ['timeoutMs']);
    const timeoutMs = checkDuration('timeoutMs', options.timeoutMs ?? callDefaults.closeTimeoutMs);
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const memory = this.#memory;
    const { clock } = memory.parts;
    if (!this.#running.isEmpty) {
      let timer: TimerHandle;
      await new Promise<void>((resolve) => {
        this.#running.whenEmpty(resolve);
        timer = clock.setTimer(resolve, timeoutMs);
      });
      clock.clearTimer(timer);
      this.#running.closeAll();
    }
    if (memory.gone) return;
    memory.clients -= 1;
    if (memory.clients === 0) dropMemory(memory);
  }
}

/** A call, bound by the enclosing deadline as well. */
export function callOf<T>(
  fn: (context: CallContext) => T | PromiseLike<T>,
  settings: CallSettings,
  input: CallInput,
  name: string,
  memory: Memory | undefined,
): Call<T> {
  const { clock, timeoutMs } = settings;
  const startedAt = clock.now();
  const deadline = Math.min(startedAt + timeoutMs, endOf(enclosingScope(), clock));
  const { signal, idempotencyKey } = input;
  return new Call({ name, settings, memory, fn, signal, idempotencyKey, startedAt, deadline });
}
