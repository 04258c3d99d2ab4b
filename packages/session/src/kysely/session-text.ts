/** The keys of a session, without its cookie. */
export type SessionKeys = Readonly<Record<string, unknown>>;

/** Reads a session's keys from its text; `undefined` if it is not the text of an object. */
export function keysOfText(text: string): SessionKeys | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { cookie: _, ...keys } = value as Record<string, unknown>;
    return keys;
  } catch {
    return undefined;
  }
}

/** Tells whether two texts differ in nothing but the cookie, whose `expires` changes with every request. */
export function sameButCookie(a: string, b: string): boolean {
  if (a === b) return true;
  const keys = keysOfText(a);
  return keys !== undefined && JSON.stringify(keys) === JSON.stringify(keysOfText(b));
}
