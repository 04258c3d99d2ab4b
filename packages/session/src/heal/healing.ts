import type { CompiledKey, CompiledShape } from '../shape/compiled-shape.ts';
import type { Wrong } from './inspect.ts';
import type { Repair } from './repair.ts';

/** One healing of one session in which something is to be done. */
export interface Healing {
  readonly session: object;
  readonly rules: CompiledShape;
  readonly repairs: Repair[];
  /** Keys known to be wrong before their schemas are asked, with the type that was found. */
  readonly known: ReadonlyMap<string, string> | undefined;
  /** The id of the session, by which its repairs are counted. */
  readonly id: string | undefined;
  /** Another release wrote it: it is healed for this request only. */
  readonly isNewer: boolean;
  /** What a look has found wrong; the other enumerable keys are right. `undefined` where not all could be asked. */
  readonly wrong: readonly Wrong[] | undefined;
  /** What is to be taken away when all else is done: an object is slower to work with once a key of it is gone. */
  readonly removed: string[];
}

/** Tells whether a key is healed for this request only: what is stored stays as it is. */
export function isForRequestOnly({ isNewer, id, rules }: Healing, key: CompiledKey): boolean {
  return isNewer || (id !== undefined && rules.repeats.isQuiet(id, key.name));
}
