import { createHash } from 'node:crypto';

/** Longest key kept as it is: an entry of PostgreSQL's index holds 2,704 bytes, and a character has up to 4. */
const LONGEST = 200;

/** A text as it may stand in a key: without NUL, which PostgreSQL keeps in no text, and not too long for an index. */
export function keyText(text: string): string {
  const clean = text.toWellFormed().replaceAll('\0', '');
  if (clean.length <= LONGEST) return clean;
  const hash = createHash('sha256').update(clean).digest('hex').slice(0, 32);
  return `${clean.slice(0, LONGEST).toWellFormed()}#${hash}`;
}
