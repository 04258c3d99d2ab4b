import { type FingerprintRecord, oldestInstant } from '../counting/fingerprint-record.ts';
import { REPEAT_LIMIT, REPEAT_SILENCE_MS, REPEAT_WINDOW_MS } from '../defaults.ts';
import type { AlertFacts, AlertSource } from './alert-source.ts';

/** The rule "the same error more than 10 times within 1 hour", exactly: the 11th last time is at most an hour ago. */
export function repeatsTooOften(record: FingerprintRecord, now: number): boolean {
  const oldest = oldestInstant(record);
  return oldest !== undefined && now - oldest <= REPEAT_WINDOW_MS && now - record.lastAt < REPEAT_SILENCE_MS;
}

/** The alert of one sort of error. Its silence is part of the rule, so it is over as soon as the rule is false. */
export class RepeatAlert implements AlertSource {
  readonly rule = 'repeated-error';
  readonly severity = 'critical';
  readonly initial: number = REPEAT_LIMIT + 1;
  readonly resolveAfterMs = 0;
  readonly record: FingerprintRecord;
  isKept = false;

  constructor(record: FingerprintRecord) {
    this.record = record;
  }

  get key(): string {
    return this.record.key;
  }

  get total(): number {
    return this.record.count;
  }

  holds(now: number): boolean {
    return repeatsTooOften(this.record, now);
  }

  endsAt(): number {
    const oldest = oldestInstant(this.record) ?? this.record.lastAt;
    return Math.min(this.record.lastAt + REPEAT_SILENCE_MS, oldest + REPEAT_WINDOW_MS + 1);
  }

  facts(): AlertFacts {
    const { type, code, message, route, firstSeenAt, lastSeenAt } = this.record;
    return {
      summary: `the same error more than ${REPEAT_LIMIT} times within 1 hour: ${type}${code === undefined ? '' : ` (${code})`}`,
      windowMs: REPEAT_WINDOW_MS,
      errorType: type,
      ...(code === undefined ? {} : { errorCode: code }),
      errorMessage: message,
      ...(route === undefined ? {} : { route }),
      firstSeenAt: new Date(firstSeenAt),
      lastSeenAt: new Date(lastSeenAt),
    };
  }
}
