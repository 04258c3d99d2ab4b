/** The keys of a session, without what its host notes in it. */
export type SessionKeys = Readonly<Record<string, unknown>>;

/**
 * What hosts write into a session with every save, its end above all: `cookie` of express-session and
 * `@fastify/session`, the others of koa-session. A save that changes nothing else changes nothing.
 */
const HOST_NOTES: readonly string[] = ['cookie', '_expire', '_maxAge', '_session'];

function entriesOf(text: string): [string, unknown][] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value !== 'object' || value === null || Array.isArray(value)
      ? undefined
      : Object.entries(value);
  } catch {
    return undefined;
  }
}

/** Reads a session's keys from its text; `undefined` if it is not the text of an object. */
export function keysOfText(text: string): SessionKeys | undefined {
  const entries = entriesOf(text);
  return entries && Object.fromEntries(entries.filter(([key]) => !HOST_NOTES.includes(key)));
}

/** Puts keys in the place of those of a text, whose notes stay. */
export function withKeys(text: string, keys: SessionKeys): string {
  const notes = entriesOf(text)?.filter(([key]) => HOST_NOTES.includes(key)) ?? [];
  return JSON.stringify(Object.fromEntries([...notes, ...Object.entries(keys)]));
}

/** Tells whether two texts differ in nothing but what a host notes. */
export function sameButNotes(a: string, b: string): boolean {
  if (a === b) return true;
  const keys = keysOfText(a);
  try {
    return keys !== undefined && JSON.stringify(keys) === JSON.stringify(keysOfText(b));
  } catch {
    return false; // a damaged row of some thousand levels can be parsed, and not written again
  }
}
