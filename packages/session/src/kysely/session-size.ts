import { SessionTooLargeError } from '../errors/session-too-large-error.ts';

/** What healing may add to a row that is too large already, in bytes. */
const HEALING_BYTES = 1_024;

/**
 * Answers the error for a text above the limit. A row that was too large before (damage, a limit that was lowered) and
 * does not grow is let through: refusing it would lock its user out.
 */
export function tooLarge(text: string, before: string, maxBytes: number): SessionTooLargeError | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return undefined;
  const bytesBefore = Buffer.byteLength(before);
  if (bytesBefore > maxBytes && bytes <= bytesBefore + HEALING_BYTES) return undefined;
  return new SessionTooLargeError(bytes, maxBytes);
}
