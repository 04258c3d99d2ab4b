import { hash } from 'node:crypto';
import { maskForPeople } from './mask.ts';
import type { ErrorFacts } from './read-error.ts';

/** Version of the algorithm: a change of it makes new keys, and must be visible in them. */
export const FINGERPRINT_VERSION = 1;

/** What makes two errors the same one. */
export interface Fingerprint {
  /** Version and 16 hex characters, the same in every process. */
  readonly key: string;
  /** The message as it may be shown. */
  readonly message: string;
}

/** The identity of an error: type, code, top frame of the application, and the message without what varies. */
export function fingerprintOf(facts: ErrorFacts): Fingerprint {
  const message = maskForPeople(facts.message);
  const identity = [facts.type, facts.code ?? '', facts.frame ?? '', message].join('\n');
  const digest = hash('sha256', identity, 'hex').slice(0, 16);
  return { key: `${FINGERPRINT_VERSION}-${digest}`, message };
}
