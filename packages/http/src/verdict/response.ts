import { peek } from '@resilient/core';

/** The part of a `Response` by which one is known. */
export interface ResponseLike {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: { get(name: string): string | null };
}

/** Knows a `Response` of any maker by its shape: a numeric `status`, a boolean `ok`, `headers.get`. */
export function isResponse(value: unknown): value is ResponseLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof peek(value, 'status') === 'number' &&
    typeof peek(value, 'ok') === 'boolean' &&
    typeof peek(peek(value, 'headers'), 'get') === 'function'
  );
}
