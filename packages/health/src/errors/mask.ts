import { maskMessage } from '@resilient/core';

/** No more of a message is looked at. */
const READ = 4_000;

/** Quoted text; what a cut has left open is quoted to the end, and an apostrophe inside a word quotes nothing. */
const QUOTED = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|`[^`]*(?:`|$)|(?<!\w)'(?:[^']|'(?=\w))*(?:'|$)/g;
/** The names of properties in V8's own messages, which are the program's and not a user's. */
const PROPERTY = /\b(reading|setting) '([\w$]{1,64})'/g;
const E_MAIL = /[^\s@<>"']{1,64}@[^\s@<>"']{1,255}/g;

const NO_JSON = ' is not valid JSON';

/**
 * Takes out what V8 shows of a text that is no JSON: a piece of a body, cut anywhere, so that its quotes need not be in
 * pairs. All from the first quote on goes.
 */
function withoutExcerpt(message: string): string {
  const end = message.lastIndexOf(NO_JSON);
  const start = message.indexOf('"');
  return start < 0 || start > end ? message : `${message.slice(0, start)}"…"${message.slice(end)}`;
}

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
  return withoutVariables(maskMessage(withoutExcerpt(message)).replace(/\S*…$/, '…')).slice(0, 200);
}

/**
 * A message as it may be logged: without secrets, e-mail addresses and quoted text, which is where drivers and parsers
 * show parameters and bodies; digits stay.
 */
export function maskForLog(message: string): string {
  const unquoted = withoutExcerpt(message)
    .slice(0, READ)
    .replace(E_MAIL, '<e-mail>')
    .replace(PROPERTY, '$1 $2')
    .replace(QUOTED, '"…"');
  return maskMessage(unquoted).replace(/\p{Cc}+/gu, ' ');
}

/**
 * A message as it is compared, never shown: what varies is taken out before anything is cut, so that the length of an
 * id or of a quoted text makes no other message of it.
 */
export function maskForComparison(message: string): string {
  return maskMessage(withoutVariables(withoutExcerpt(message).slice(0, READ)));
}
