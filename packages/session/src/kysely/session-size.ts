import { SessionTooLargeError } from '../errors/session-too-large-error.ts';

/** What healing may add to a row that is too large already, in bytes. */
const HEALING_BYTES = 1_024;

/**
 * Refuses a text above the limit, unless its row was too large before (damage, a limit that was lowered) and does not
 * grow: refusing that would lock its user out.
 *
 * @throws SessionTooLargeError
 */
export function checkSize(text: string, before: string, maxBytes: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return;
  const bytesBefore = Buffer.byteLength(before);
  if (bytesBefore > maxBytes && bytes <= bytesBefore + HEALING_BYTES) return;
  throw new SessionTooLargeError(bytes, maxBytes);
}
