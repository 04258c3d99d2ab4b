import { ResilientError } from '@resilient/core';

/** A session is larger than its store allows and was not saved: `code` is `SESSION_TOO_LARGE`. */
export class SessionTooLargeError extends ResilientError {
  readonly code = 'SESSION_TOO_LARGE' as const;
  /** Size of the session, in bytes of JSON. */
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super(
      `the session has ${bytes} bytes, and its store keeps ${maxBytes} at most: keep large things elsewhere`,
    );
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), bytes: this.bytes, maxBytes: this.maxBytes };
  }
}
