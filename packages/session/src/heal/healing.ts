import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import type { Repair } from './repair.ts';

/** One healing of one session. */
export interface Healing {
  readonly session: object;
  readonly rules: CompiledShape;
  readonly repairs: Repair[];
  /** Keys known to be wrong before their schemas are asked, with the type that was found. */
  readonly known: ReadonlyMap<string, string> | undefined;
  /** The id of the session, by which its repairs are counted. */
  readonly id: string | undefined;
  /** Another release wrote it: it is healed for this request only. */
  isNewer: boolean;
  /** Keys that were asked already and are wrong; the other enumerable ones are right. */
  wrong: readonly CompiledKey[] | undefined;
}

/** Begins to heal a session. */
export function healingOf(
  session: object,
  rules: CompiledShape,
  repairs: Repair[],
  id?: string,
  known?: ReadonlyMap<string, string>,
): Healing {
  return { session, rules, repairs, known, id, isNewer: false, wrong: undefined };
}

/** Tells whether a key is healed for this request only: what is stored stays as it is. */
export function isForRequestOnly({ isNewer, id, rules }: Healing, key: CompiledKey): boolean {
  return isNewer || (id !== undefined && rules.repeats.isQuiet(id, key.name));
}
