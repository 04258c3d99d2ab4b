import type { CompiledShape } from '../shape/compiled-shape.ts';
import { SEAL_KEY } from '../shape/reserved-names.ts';
import { macOf } from './mac-of.ts';
import { readSeal } from './read-seal.ts';

/**
 * Writes the seal of a session into it: a code over its id, its version, identity and authority. What another release
 * had sealed beside these stays sealed. Does nothing where the shape has no seal.
 */
export function sealSession(session: object, rules: CompiledShape, id: string): void {
  if (rules.seal === undefined) return;
  const before = readSeal(session)?.names ?? [];
  const ours = [...rules.identity, ...rules.authority].map(({ name }) => name);
  const names = [...new Set([...ours, ...before])].sort();
  const mac = macOf(rules.seal.keys[0], id, session, names);
  const value = mac && [mac.toString('base64url'), ...names];
  Object.defineProperty(session, SEAL_KEY, { value, writable: true, enumerable: true, configurable: true });
}
