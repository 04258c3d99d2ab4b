import { checkKnown, checkNumber, checkType, refuse } from '@resilient/core';
import { healAnything } from '../heal/heal-anything.ts';
import { RepeatedRepairs } from '../repeat/repeated-repairs.ts';
import { compileSeal } from '../seal/seal-options.ts';
import { compileMigrations } from '../version/compile-migrations.ts';
import { compileKey } from './compile-key.ts';
import { type CompiledKey, type CompiledShape, SHAPE } from './compiled-shape.ts';
import { makeTable } from './name-table.ts';
import { tallyOf, weightOf } from './tally.ts';
import type { SessionDefinition, SessionKeys, SessionShape } from './types.ts';

const OPTIONS = ['version', 'keys', 'migrations', 'seal', 'maxKeys', 'maxDepth', 'maxBytes'] as const;

/** An old name that is a key of its own would have its value taken away, or given to two keys. */
function refuseOldNames(keys: readonly CompiledKey[], names: ReadonlySet<string>): void {
  const seen = new Set(names);
  for (const { name, renamedFrom } of keys) {
    for (const old of renamedFrom) {
      if (seen.has(old)) throw refuse(`keys.${name}.renamedFrom`, 'a name that no other key has or had', old);
      seen.add(old);
    }
  }
}

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
  checkKnown('defineSession', definition, OPTIONS);
  const version = checkNumber('version', definition.version ?? 1, { min: 1, integer: true });
  const keys = checkType('keys', definition.keys, 'object') as K;
  const checked = Object.entries(keys).map(([name, key]) => compileKey(name, key));
  const tally = tallyOf(checked);
  const compiled: CompiledKey[] = checked.map((key) => ({ ...key, weight: weightOf(key, tally) }));
  const names = new Set(compiled.map(({ name }) => name));
  refuseOldNames(compiled, names);
  const rules: CompiledShape = {
    version,
    identity: compiled.filter(({ kind }) => kind === 'identity'),
    authority: compiled.filter(({ kind }) => kind === 'authority'),
    preference: compiled.filter(({ kind }) => kind === 'preference'),
    restorable: compiled.filter(({ restore }) => restore !== undefined),
    names,
    plainTable: makeTable(Object.prototype, compiled),
    tables: new WeakMap(),
    tally,
    migrations: compileMigrations(definition.migrations, version),
    seal: definition.seal === undefined ? undefined : compileSeal(definition.seal),
    repeats: new RepeatedRepairs(),
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
