import { createHash } from 'node:crypto';

/** Only the hash is stored: who steals the table opens no session. */
export function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
