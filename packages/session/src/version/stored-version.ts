import { VERSION_KEY } from '../shape/reserved-names.ts';

/**
 * The version of the shape that a session was written by. One without a version, or with one that is no integer from 1,
 * is of version 1.
 */
export function storedVersion(session: object): number {
  const property = Object.getOwnPropertyDescriptor(session, VERSION_KEY);
  // A session that is new shows its version through a getter of ours until it is stored.
  const version: unknown = property?.get === undefined ? property?.value : Reflect.get(session, VERSION_KEY);
  return Number.isSafeInteger(version) && (version as number) >= 1 ? (version as number) : 1;
}
