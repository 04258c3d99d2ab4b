import { createHmac, type KeyObject } from 'node:crypto';
import { canonicalText } from '../text/canonical-text.ts';
import { storedVersion } from '../version/stored-version.ts';

/** Keeps seals apart from whatever else is made with the same secret. */
const PURPOSE = '@resilient/session seal 1';

function entryOf(session: object, name: string): readonly unknown[] {
  const value: unknown = Object.getOwnPropertyDescriptor(session, name)?.value;
  return value === undefined ? [name] : [name, value];
}

/**
 * HMAC-SHA-256 over the session's id, its version and the keys named, present or not; `undefined` where one of them
 * cannot be written as JSON.
 */
export function macOf(
  secret: KeyObject,
  id: string,
  session: object,
  names: readonly string[],
): Buffer | undefined {
  try {
    const text = canonicalText([
      PURPOSE,
      id,
      storedVersion(session),
      names.map((name) => entryOf(session, name)),
    ]);
    return createHmac('sha256', secret)
      .update(text as string)
      .digest();
  } catch {
    return undefined;
  }
}
