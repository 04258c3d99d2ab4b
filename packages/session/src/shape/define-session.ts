import { checkKnown, checkNumber, checkType } from '@resilient/core';
import { healAnything } from '../heal/heal-anything.ts';
import { compileKey } from './compile-key.ts';
import { type CompiledShape, SHAPE } from './compiled-shape.ts';
import type { SessionDefinition, SessionKeys, SessionShape } from './types.ts';

const OPTIONS = ['version', 'keys', 'maxKeys', 'maxDepth', 'maxBytes'] as const;

/**
 * Defines what a session of this application holds and how each key may be healed. Every schema is asked a few
 * questions at once, so that one that invents, coerces or answers later is refused here and not met by a user.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession } from '@resilient/session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({
 *   keys: {
 *     userId: { kind: 'identity', schema: z.uuid() },
 *     role: { kind: 'authority', schema: z.enum(['student', 'admin']) },
 *     cart: { kind: 'preference', schema: z.array(z.string()), default: () => [] },
 *   },
 * });
 * console.log(shape.heal({ role: 'admin', cart: 7 }).data); // { cart: [] }
 * ```
 */
export function defineSession<K extends SessionKeys>(definition: SessionDefinition<K>): SessionShape<K> {
  if (typeof definition === 'object' && definition !== null && 'migrations' in definition) {
    throw new TypeError(
      'unknown option `migrations` of defineSession: this release heals without migrations',
    );
  }
  checkKnown('defineSession', definition, OPTIONS);
  const version = checkNumber('version', definition.version ?? 1, { min: 1, integer: true });
  const keys = checkType('keys', definition.keys, 'object') as K;
  const compiled = Object.entries(keys).map(([name, key]) => compileKey(name, key));
  const rules: CompiledShape = {
    identity: compiled.filter(({ kind }) => kind === 'identity'),
    authority: compiled.filter(({ kind }) => kind === 'authority'),
    preference: compiled.filter(({ kind }) => kind === 'preference'),
    names: new Set(compiled.map(({ name }) => name)),
    maxKeys: checkNumber('maxKeys', definition.maxKeys ?? 256, { min: 1, integer: true }),
    maxDepth: checkNumber('maxDepth', definition.maxDepth ?? 32, { min: 1, max: 200, integer: true }),
    maxBytes: checkNumber('maxBytes', definition.maxBytes ?? 65_536, { min: 1, integer: true }),
  };
  if (rules.authority.length > 0 && rules.identity.length === 0) {
    throw new TypeError(
      `expected \`keys\` to have an identity beside the authority \`${rules.authority[0]?.name}\`: ` +
        'without one, nothing says whose authority it is, and healing would always remove it',
    );
  }
  return Object.freeze({
    version,
    keys: Object.freeze({ ...keys }),
    heal: (anything: unknown) => healAnything<K>(anything, rules),
    [SHAPE]: rules,
  });
}
