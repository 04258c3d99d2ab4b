import { type FingerprintRecord, oldestInstant } from '../counting/fingerprint-record.ts';
import { REPEAT_SILENCE_MS, REPEAT_WINDOW_MS } from '../defaults.ts';

/** The rule "the same error more than 10 times within 1 hour", exactly: the 11th last time is at most an hour ago. */
export function repeatsTooOften(record: FingerprintRecord, now: number): boolean {
  const oldest = oldestInstant(record);
  return oldest !== undefined && now - oldest <= REPEAT_WINDOW_MS && now - record.lastAt < REPEAT_SILENCE_MS;
}

/** The first instant at which that rule is no longer true, if the error does not come again. */
export function repeatEndsAt(record: FingerprintRecord): number {
  const oldest = oldestInstant(record) ?? record.lastAt;
  return Math.min(record.lastAt + REPEAT_SILENCE_MS, oldest + REPEAT_WINDOW_MS + 1);
}
