import { maskMessage } from '@resilient/core';

/**
 * A message as it may be shown in a report, an alert or a fingerprint: without secrets, e-mail addresses, quoted text
 * and everything that holds a digit; at most 200 characters on one line. Messages hold secrets too.
 */
export function maskForPeople(message: string): string {
  return maskMessage(message.slice(0, 2_000))
    .replace(/[^\s@<>"']{1,64}@[^\s@<>"']{1,255}/g, '<e-mail>')
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replace(/[\w-]+/g, (word) => (/\d/.test(word) ? '#' : word))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
