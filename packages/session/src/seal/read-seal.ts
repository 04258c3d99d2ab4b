import { SEAL_KEY } from '../shape/reserved-names.ts';

/** No shape has more; what another release sealed counts in. */
const MAX_NAMES = 1_000;

/** What stands in a session as its seal: the code, and the names of the keys that it covers. */
export interface StoredSeal {
  readonly mac: Buffer;
  readonly names: readonly string[];
}

/** Reads the seal of a session; `undefined` if it has none, or one that is none. */
export function readSeal(session: object): StoredSeal | undefined {
  const stored: unknown = Object.getOwnPropertyDescriptor(session, SEAL_KEY)?.value;
  if (!Array.isArray(stored) || stored.length > MAX_NAMES) return undefined;
  if (!stored.every((one) => typeof one === 'string')) return undefined;
  const [mac = '', ...names] = stored as string[];
  return { mac: Buffer.from(mac, 'base64url'), names };
}
