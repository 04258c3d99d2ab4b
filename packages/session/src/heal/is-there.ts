import { typeName } from './type-name.ts';

/**
 * Tells whether there is a session that can be healed in place.
 *
 * @throws TypeError if it is neither an object nor absent
 */
export function isThere(session: unknown): session is object {
  if (session === undefined || session === null) return false; // no session, nothing to heal
  if (typeName(session) === 'object') return true;
  throw new TypeError(
    `expected \`session\` to be an object, got a value of type ${typeName(session)}: use shape.heal`,
  );
}
