import type { SessionKeys } from './session-text.ts';

/** The longest user id that is stored beside a session, in characters. */
const MAX_LENGTH = 255;

/** Answers a user's id as the column has it; `null` for what is no id. */
export function userIdText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH) return null;
  return value.includes('\0') ? null : value; // PostgreSQL keeps no such text
}

/** Answers whose session it is. */
export function userIdOf(keys: SessionKeys | undefined, userIdKey: string): string | null {
  return keys !== undefined && Object.hasOwn(keys, userIdKey) ? userIdText(keys[userIdKey]) : null;
}
