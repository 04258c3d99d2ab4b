import { hash } from 'node:crypto';
import { maskForComparison } from './mask.ts';
import type { ErrorFacts } from './read-error.ts';

/** Version of the algorithm: a change of it makes new keys, and must be visible in them. */
export const FINGERPRINT_VERSION = 1;

/**
 * What makes two errors the same one: type, code, top frame of the application, and the message without what varies.
 * Version and 16 hex characters, the same in every process.
 */
export function fingerprintOf({ type, code = '', frame = '', message }: ErrorFacts): string {
  const identity = [type, code, frame, maskForComparison(message)].join('\n');
  return `${FINGERPRINT_VERSION}-${hash('sha256', identity, 'hex').slice(0, 16)}`;
}
