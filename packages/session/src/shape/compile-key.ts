import { checkKnown, checkOneOf, checkType, refuse } from '@resilient/core';
import type { CompiledKey } from './compiled-shape.ts';
import { freshValue } from './fresh-value.ts';
import { probe } from './probe.ts';
import { RESERVED_NAMES } from './reserved-names.ts';
import type { SessionKey } from './types.ts';

const KINDS = ['identity', 'authority', 'preference'] as const;
const OPTIONS = {
  identity: ['kind', 'schema', 'renamedFrom'],
  authority: ['kind', 'schema', 'leastPrivilege', 'restore'],
  preference: ['kind', 'schema', 'default'],
} as const;

const nothing = (): undefined => undefined;

function refuseDefault(at: string, definition: object): void {
  if (!('default' in definition)) return;
  throw new TypeError(
    `unexpected \`${at}.default\`: healing never invents who a user is or what a user may do` +
      ('kind' in definition && definition.kind === 'authority'
        ? '; declare the least that anybody has as `leastPrivilege`'
        : ''),
  );
}

/** Where else a value may come from: an older name of an identity, or the `restore` of an authority. */
function sourcesOf(at: string, definition: SessionKey): Pick<CompiledKey, 'renamedFrom' | 'restore'> {
  if (definition.kind === 'authority') {
    const { restore } = definition;
    if (restore !== undefined) checkType(`${at}.restore`, restore, 'function');
    return { renamedFrom: [], restore };
  }
  if (definition.kind !== 'identity' || definition.renamedFrom === undefined) {
    return { renamedFrom: [], restore: undefined };
  }
  const names: unknown[] = [definition.renamedFrom].flat();
  for (const name of names) {
    const old = checkType(`${at}.renamedFrom`, name, 'string');
    if (RESERVED_NAMES.has(old) || old in Object.prototype)
      throw refuse(`${at}.renamedFrom`, 'a name that no session host uses', old);
  }
  return { renamedFrom: names as string[], restore: undefined };
}

/**
 * Checks one key of a definition and makes it ready.
 *
 * @throws TypeError naming the option, what was expected and what came
 */
export function compileKey(name: string, definition: SessionKey): Omit<CompiledKey, 'weight'> {
  const at = `keys.${name}`;
  if (RESERVED_NAMES.has(name) || name in Object.prototype)
    throw new TypeError(`expected a name other than \`${name}\`: session hosts use it`);
  if (typeof definition !== 'object' || definition === null) throw refuse(at, 'an object', definition);
  const kind = checkOneOf(`${at}.kind`, definition.kind, KINDS);
  if (kind !== 'preference') refuseDefault(at, definition);
  checkKnown(`\`${at}\``, definition, OPTIONS[kind]);
  const { schema } = definition;
  if (typeof schema?.['~standard']?.validate !== 'function') {
    throw refuse(`${at}.schema`, 'a Standard Schema (zod, valibot, arktype)', schema);
  }
  const key = { name, kind, schema, standard: schema['~standard'], ...sourcesOf(at, definition) };
  probe(at, key);
  if (definition.kind === 'preference' && definition.default !== undefined) {
    return { ...key, isFilled: true, fresh: freshValue(`${at}.default`, key, definition.default) };
  }
  if (definition.kind === 'authority' && definition.leastPrivilege !== undefined) {
    if (typeof definition.leastPrivilege === 'function') {
      throw refuse(`${at}.leastPrivilege`, 'a value', definition.leastPrivilege);
    }
    return {
      ...key,
      isFilled: true,
      fresh: freshValue(`${at}.leastPrivilege`, key, definition.leastPrivilege),
    };
  }
  return { ...key, isFilled: false, fresh: nothing };
}
