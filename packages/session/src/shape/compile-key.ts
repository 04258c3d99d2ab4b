import { checkKnown, checkOneOf, checkType, refuse } from '@resilient/core';
import type { CompiledKey } from './compiled-shape.ts';
import { isRight } from './is-right.ts';
import { probe } from './probe.ts';
import { RESERVED_NAMES } from './reserved-names.ts';
import { lostInJson } from './survives-json.ts';
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

/** A maker of fresh values, after one of them has been found to survive JSON and to pass the key's own schema. */
function maker(at: string, key: Omit<CompiledKey, 'fresh'>, given: unknown): () => unknown {
  const make = typeof given === 'function' ? (given as () => unknown) : () => given;
  const first = make();
  const lost = first === undefined ? 'undefined' : lostInJson(first);
  if (lost !== undefined) {
    throw new TypeError(
      `expected \`${at}\` to come back from JSON as it is, got ${lost}` +
        (lost.startsWith('a Date') ? ': keep a date as its ISO text, with `field.date()` as its schema' : ''),
    );
  }
  if (!isRight(key, first) || !isRight(key, JSON.parse(JSON.stringify(first)))) {
    throw refuse(at, 'a value that its own schema accepts and does not change', first);
  }
  if (typeof given !== 'function') return () => structuredClone(first);
  return () => {
    try {
      // Cloned as well: a function may answer the same array each time, and two users must never share one.
      const value = structuredClone(make());
      return lostInJson(value) === undefined && isRight(key, value) ? value : undefined;
    } catch {
      return undefined;
    }
  };
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
export function compileKey(name: string, definition: SessionKey): CompiledKey {
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
  const key = { name, kind, schema, ...sourcesOf(at, definition) };
  probe(at, key);
  if (definition.kind === 'preference' && definition.default !== undefined) {
    return { ...key, fresh: maker(`${at}.default`, key, definition.default) };
  }
  if (definition.kind === 'authority' && definition.leastPrivilege !== undefined) {
    if (typeof definition.leastPrivilege === 'function') {
      throw refuse(`${at}.leastPrivilege`, 'a value', definition.leastPrivilege);
    }
    return { ...key, fresh: maker(`${at}.leastPrivilege`, key, definition.leastPrivilege) };
  }
  return { ...key, fresh: nothing };
}
