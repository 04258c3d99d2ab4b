import { peek } from '@resilient/core';
import { bounded, numberOf } from './instant.ts';

/** No more details than this are looked at. */
const DETAILS = 16;

/** A duration of protobuf: `"3.5s"` in JSON, `{ seconds, nanos }` when decoded. */
function durationOf(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const seconds = value.endsWith('s') ? numberOf(value.slice(0, -1)) : undefined;
    return seconds === undefined ? undefined : bounded(seconds * 1_000);
  }
  const seconds = Number(peek(value, 'seconds') ?? Number.NaN);
  const nanos = Number(peek(value, 'nanos') ?? 0);
  const ms = seconds * 1_000 + nanos / 1e6;
  return Number.isNaN(ms) ? undefined : bounded(ms);
}

/** `retryDelay` of the google.rpc.RetryInfo among an error's details, in milliseconds. */
export function retryInfoOf(...holders: readonly unknown[]): number | undefined {
  for (const holder of holders) {
    for (const name of ['details', 'statusDetails']) {
      const details = peek(holder, name);
      if (!Array.isArray(details)) continue;
      for (const detail of details.slice(0, DETAILS)) {
        const ms = durationOf(peek(detail, 'retryDelay'));
        if (ms !== undefined) return ms;
      }
    }
  }
  return undefined;
}
