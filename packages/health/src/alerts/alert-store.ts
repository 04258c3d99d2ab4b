import type { AlertSeverity } from './alert-state.ts';

/** One alert as all instances know it; plain JSON, instants in milliseconds since 1970. */
export interface SharedAlert {
  readonly phase: 'firing' | 'quiet';
  /** When it fired first; or since when it is quiet. */
  readonly since: number;
  readonly repeats: number;
  /** The worst that was told. */
  readonly severity: AlertSeverity;
  /** Occurrences that no notice has told yet. */
  readonly untold: number;
  /** The instances on which it fires, and until when that is believed of one that says nothing more. */
  readonly holders: Readonly<Record<string, number>>;
}

/** What {@link AlertStore.decide} hands back through the store. */
export interface SharedDecision<T> {
  /** What is to be kept. */
  readonly shared: SharedAlert;
  readonly result: T;
}

/**
 * Keeps the state of alerts for all instances of a service and over restarts, so that a crash loop or ten replicas are
 * one notice. It holds no rule of its own: all it does is to read, ask and write under one lock.
 */
export interface AlertStore {
  /**
   * Reads what is kept of one alert (`undefined` for nothing), hands it to `decide`, keeps what that answers, and
   * resolves with its result; two calls for one `dedupKey` run one after the other, on all instances. What is kept is
   * plain JSON. `decide` is synchronous and may be called again where a transaction is tried again. A rejection, or no
   * answer within 1 s, makes the instance decide alone.
   */
  decide<T>(
    dedupKey: string,
    decide: (shared: SharedAlert | undefined) => SharedDecision<T>,
    context: { readonly signal: AbortSignal },
  ): Promise<T>;
}
