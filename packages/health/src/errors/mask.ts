import { maskMessage } from '@resilient/core';

/** Quoted text; what a cut has left open is quoted to the end, and an apostrophe inside a word quotes nothing. */
const QUOTED = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|`[^`]*(?:`|$)|(?<!\w)'(?:[^']|'(?=\w))*(?:'|$)/g;
const E_MAIL = /[^\s@<>"']{1,64}@[^\s@<>"']{1,255}/g;

/** Takes out what differs between two messages that say the same. */
function withoutVariables(message: string): string {
  return message
    .replace(E_MAIL, '<e-mail>')
    .replace(QUOTED, '"…"')
    .replace(/[\w-]+/g, (word) => (/\d/.test(word) ? '#' : word))
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/**
 * A message as it may be shown in a report or an alert: without secrets, e-mail addresses, quoted text and everything
 * that holds a digit; at most 200 characters on one line. Messages hold secrets too.
 */
export function maskForPeople(message: string): string {
  // A word that core's cut went through may be half an address.
  return withoutVariables(maskMessage(message).replace(/\S*…$/, '…')).slice(0, 200);
}

/**
 * A message as it is compared, never shown: what varies is taken out before anything is cut, so that the length of an
 * id or of a quoted text makes no other message of it.
 */
export function maskForComparison(message: string): string {
  return maskMessage(withoutVariables(message.slice(0, 4_000)));
}
