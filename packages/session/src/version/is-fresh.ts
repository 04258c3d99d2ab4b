/** Tells whether a session holds nothing yet but what its host keeps in it: there is nothing to migrate. */
export function isFresh(session: object): boolean {
  return Object.keys(session).every((name) => name === 'cookie');
}
