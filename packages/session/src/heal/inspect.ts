import { type CompiledKey, type CompiledShape, DANGEROUS } from '../shape/compiled-shape.ts';
import { answerOf, leaves } from '../shape/is-right.ts';
import { lookUp, tableFor } from '../shape/name-table.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { isComplete } from '../shape/tally.ts';

/** A key whose schema refused what stands there. */
export interface Wrong {
  readonly key: CompiledKey;
  readonly value: unknown;
}

/** What a look at a session has found. */
export interface Inspection {
  /** Nothing is to be done. */
  readonly isClean: boolean;
  /** It is of the version of its shape; if not, nothing else was looked at. */
  readonly isCurrent: boolean;
  /** It has own names that would break its host. */
  readonly hasDangerous: boolean;
  /** Enumerable keys that are wrong; the others of them are right. `undefined` if not all could be asked. */
  readonly wrong: readonly Wrong[] | undefined;
}

const CLEAN: Inspection = { isClean: true, isCurrent: true, hasDangerous: false, wrong: [] };
const UNKNOWN: Inspection = { isClean: false, isCurrent: true, hasDangerous: true, wrong: undefined };
const OTHER_VERSION: Inspection = { isClean: false, isCurrent: false, hasDangerous: true, wrong: undefined };
const NONE: readonly Wrong[] = [];

type Keyed = Readonly<Record<string, unknown>>;

function inheritsNames(heir: object): boolean {
  for (const _ in heir) return true;
  return false;
}

function isOfVersion(session: object, version: number): boolean {
  const stored = (session as Keyed)[VERSION_KEY];
  return version === 1 ? stored === undefined : stored === version;
}

function look(session: object, rules: CompiledShape, anyVersion: boolean): Inspection {
  if (!isOfVersion(session, rules.version) && !anyVersion) return OTHER_VERSION;
  // After a read of a property V8 knows the prototype without asking for it.
  const table = tableFor(Object.getPrototypeOf(session) as object | null, rules);
  // Somebody else's names would pass for the session's own.
  if (inheritsNames(table.heir)) return UNKNOWN;
  let at = 0;
  let sum = 0;
  let hasDangerous = false;
  let wrong: Wrong[] | undefined;
  for (const name in session) {
    const key = lookUp(table, name, at);
    at += 1;
    if (key === undefined) continue;
    if (key === DANGEROUS) {
      hasDangerous = true;
      continue;
    }
    const value: unknown = (session as Keyed)[name];
    if (value === undefined) continue;
    const answer = answerOf(key, value);
    // Most values are texts, of which two can be told apart without a call.
    const isLeft = typeof value === 'string' && !answer.issues && answer.value === value;
    if (isLeft || leaves(answer, value)) sum += key.weight;
    else {
      wrong ??= [];
      wrong.push({ key, value });
    }
  }
  if (wrong === undefined && !hasDangerous && isComplete(sum, rules.tally)) return CLEAN;
  return { isClean: false, isCurrent: true, hasDangerous, wrong: wrong ?? NONE };
}

/**
 * Looks at all keys of a session once, in the order in which it has them, and asks their schemas, unless it is of
 * another version. Most sessions are healthy, and this is all that is done for them: no object is made, and no
 * descriptor read.
 */
export function inspect(session: object, rules: CompiledShape, anyVersion = false): Inspection {
  try {
    return look(session, rules, anyVersion);
  } catch {
    return UNKNOWN; // a getter, a trap or a schema that throws
  }
}
