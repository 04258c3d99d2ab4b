import type { Memory } from '../memory/memory.ts';
import type { CallContext } from './options.ts';
import type { CallSettings } from './settings.ts';

/** What a call is made with. */
export interface CallParts<T> {
  /** The dependency's name, for messages and events. */
  readonly name: string;
  readonly settings: CallSettings;
  readonly memory: Memory | undefined;
  readonly fn: (context: CallContext) => T | PromiseLike<T>;
  readonly signal: AbortSignal | undefined;
  readonly idempotencyKey: string | undefined;
  readonly startedAt: number;
  readonly deadline: number;
}
