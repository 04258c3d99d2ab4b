import { ResilientError } from '@resilient/core';

/**
 * The stored text of a session is not JSON: `code` is `SESSION_CORRUPT`. It replaces the parser's error, which quotes
 * the text. `healingStore` turns it into a fresh session.
 */
export class SessionCorruptError extends ResilientError {
  readonly code = 'SESSION_CORRUPT' as const;

  constructor() {
    super('the stored session is not JSON');
  }
}
